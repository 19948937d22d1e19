"""The names of the fields in Slack's published samples of its answers.

From the JSON samples of Slack's Java SDK (json-logs/samples/api), which hold every field that Slack
was ever seen to answer with: https://github.com/slackapi/java-slack-sdk
"""

OBJECTS: dict[str, str] = {
    "view": """
        app_id app_installed_team_id app_unfurl_url blocks bot_id callback_id channel
        clear_on_close close entity_url external_id external_ref hash id message_ts
        notify_on_close previous_view_id private_metadata root_view_id state submit
        submit_disabled team_id thread_ts title type
    """,
    "message": """
        app_id assistant_app_thread attachments blocks bot_id bot_profile client_msg_id
        display_as_bot edited files icons inviter is_locked last_read latest_reply metadata
        parent_user_id purpose reactions reply_count reply_users reply_users_count room root
        subscribed subtype team text thread_ts topic ts type upload user username x_files
    """,
    "file": """
        access alt_txt app_id app_name bot_id can_toggle_canvas_lock canvas_printing_enabled
        canvas_template_mode cc channel_actions_count channel_actions_ts channels comments_count
        converted_pdf created deanimate deanimate_gif display_as_bot
        dm_mpdm_users_with_file_access duration_ms edit_link edit_timestamp editable editor
        editors external_id external_type external_url favorites file_access filetype from
        groups has_more has_more_shares has_rich_preview headers hls hls_embed id
        image_exif_rotation ims initial_comment is_channel_space is_external is_modified_by_ai
        is_public is_restricted_sharing_enabled is_starred last_editor last_read lines
        lines_more linked_channel_id list_csv_download_url list_limits list_metadata
        media_display_type media_progress mimetype mode mp4 mp4_low name non_owner_editable
        num_stars org_or_workspace_access original_attachment_count original_h original_w
        permalink permalink_public pinned_to pjpeg plain_text pretty_type preview
        preview_highlight preview_is_truncated preview_plain_text
        private_channels_with_file_access_count private_file_with_access_count public_url_shared
        quip_thread_id reactions saved sent_to_self shares show_badge simplified_html size
        source_team subject subtype team_pref_version_history_enabled teams_shared_with
        template_conversion_ts template_description template_icon template_name template_title
        thumb_1024 thumb_1024_gif thumb_1024_h thumb_1024_w thumb_160 thumb_160_gif thumb_160_h
        thumb_160_w thumb_360 thumb_360_gif thumb_360_h thumb_360_w thumb_480 thumb_480_gif
        thumb_480_h thumb_480_w thumb_64 thumb_64_gif thumb_64_h thumb_64_w thumb_720
        thumb_720_gif thumb_720_h thumb_720_w thumb_80 thumb_800 thumb_800_gif thumb_800_h
        thumb_800_w thumb_80_gif thumb_80_h thumb_80_w thumb_960 thumb_960_gif thumb_960_h
        thumb_960_w thumb_gif thumb_pdf thumb_pdf_h thumb_pdf_w thumb_tiny thumb_video
        thumb_video_h thumb_video_w timestamp title title_blocks to transcription
        update_notification updated url_private url_private_download url_static_preview user
        user_team username vtt
    """,
    "channel": """
        connected_limited_team_ids connected_team_ids context_team_id conversation_host_id
        created creator enterprise_id id internal_team_ids is_archived is_channel is_ext_shared
        is_general is_global_shared is_group is_im is_member is_moved is_mpim is_non_threadable
        is_open is_org_default is_org_mandatory is_org_shared is_pending_ext_shared is_private
        is_read_only is_shared is_thread_only is_user_deleted last_read latest locale name
        name_normalized num_members parent_conversation pending_connected_team_ids
        pending_shared previous_names priority properties purpose shared_team_ids topic unlinked
        unread_count unread_count_display updated user
    """,
    "user": """
        color deleted enterprise_id enterprise_name enterprise_user has_2fa id is_admin
        is_app_user is_bot is_connector_bot is_email_confirmed is_invited_user is_owner
        is_primary_owner is_restricted is_stranger is_ultra_restricted is_workflow_bot locale
        name profile real_name team_id teams tz tz_label tz_offset updated
        who_can_share_contact_card
    """,
}
# Of an answer, besides "ok" and what every answer may have.
ANSWERS: dict[str, str] = {
    "auth.test": """
        app_id app_name bot_id enterprise_id expires_in is_enterprise_install team
        team_id url user user_id
    """,
    "apps.connections.open": "url",
    "chat.postMessage": "channel message ts",
    "chat.update": "channel message text ts",
    "chat.postEphemeral": "message_ts",
    "chat.delete": "channel ts",
    "chat.getPermalink": "channel permalink",
    "views.open": "view",
    "views.update": "view",
    "views.publish": "view",
    "views.push": "view",
    "files.getUploadURLExternal": "file_id upload_url",
    "files.completeUploadExternal": "files",
    "files.info": """
        comments content content_highlight_css content_highlight_html
        content_highlight_html_truncated file is_truncated paging
    """,
    "files.delete": "",
    "conversations.info": "channel",
    "conversations.members": "members",
    "conversations.replies": "has_more messages",
    "conversations.history": """
        channel_actions_count channel_actions_ts has_more latest messages oldest
        pin_count
    """,
    "users.info": "user",
    "users.conversations": "channels",
    "conversations.open": "already_open channel no_op",
}
# Of what is sent to an app.
PAYLOADS: dict[str, str] = {
    "command": """
        api_app_id channel_id channel_name command enterprise_id enterprise_name
        is_enterprise_install response_url team_domain team_id text token trigger_id
        user_id user_name
    """,
    "block_actions": """
        actions api_app_id app_unfurl bot_access_token channel container enterprise
        function_data interactivity is_enterprise_install message response_url state
        team token trigger_id type user view
    """,
    "message_action": """
        action_ts callback_id channel enterprise is_enterprise_install message
        message_ts response_url team token trigger_id type user
    """,
    "view_submission": """
        api_app_id bot_access_token enterprise function_data interactivity is_cleared
        is_enterprise_install team token trigger_id type user view
    """,
    "view_closed": """
        api_app_id bot_access_token enterprise function_data interactivity is_cleared
        is_enterprise_install team token type user view
    """,
    "action": """
        action_id action_ts block_id confirm initial_channel initial_conversation
        initial_date initial_option initial_time initial_user min_query_length
        placeholder rich_text_value selected_channel selected_conversation selected_date
        selected_option selected_time selected_user style text type url value
    """,
}
