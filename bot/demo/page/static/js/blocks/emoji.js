// The most common emoji shortcodes and their characters.

const TABLE = `
  100 💯 alarm_clock ⏰ arrow_down ⬇️ arrow_forward ▶️ arrow_left ⬅️ arrow_right ➡️ arrow_up ⬆️
  arrows_counterclockwise 🔄 art 🎨 ballot_box_with_check ☑️ bangbang ‼️ bar_chart 📊 bell 🔔 blue_heart 💙
  boom 💥 bug 🐛 bulb 💡 bust_in_silhouette 👤 busts_in_silhouette 👥 calendar 📆 camera 📷 cinema 🎦
  clap 👏 clapper 🎬 clipboard 📋 clock1 🕐 closed_captioning 💬 coffee ☕ construction 🚧 credit_card 💳
  dart 🎯 date 📅 dollar 💵 e-mail 📧 ear 👂 envelope ✉️ exclamation ❗ eyes 👀 fast_forward ⏩ film_frames 🎞️
  film_projector 📽️ fire 🔥 floppy_disk 💾 gear ⚙️ gem 💎 gift 🎁 green_heart 💚 grey_exclamation ❕
  grey_question ❔ hammer 🔨 headphones 🎧 heart ❤️ heavy_check_mark ✔️ heavy_plus_sign ➕ hourglass ⌛
  hourglass_flowing_sand ⏳ inbox_tray 📥 information_source ℹ️ joy 😂 key 🔑 keyboard ⌨️ large_blue_circle 🔵
  large_green_circle 🟢 large_yellow_circle 🟡 leftwards_arrow_with_hook ↩️ link 🔗 lock 🔒 loud_sound 🔊 mag 🔍 mega 📣 memo 📝
  microphone 🎤 microscope 🔬 moneybag 💰 movie_camera 🎥 mute 🔇 negative_squared_cross_mark ❎ no_entry ⛔
  no_entry_sign 🚫 ok ✅ ok_hand 👌 open_file_folder 📂 outbox_tray 📤 package 📦 page_facing_up 📄 paperclip 📎
  pause_button ⏸️ pencil 📝 pencil2 ✏️ performing_arts 🎭 point_right 👉 pray 🙏 pushpin 📌 question ❓ raised_hand ✋ raised_hands 🙌
  rainbow 🌈 recycle ♻️ red_circle 🔴 repeat 🔁 robot_face 🤖 rocket 🚀 rotating_light 🚨 scissors ✂️ scroll 📜 seedling 🌱
  shield 🛡️ slightly_smiling_face 🙂 smile 😄 smiley 😃 snail 🐌 sob 😭 sound 🔉 sparkles ✨ speaker 🔈
  speaking_head_in_silhouette 🗣️ speech_balloon 💬 star ⭐ stop_sign 🛑 stopwatch ⏱️ studio_microphone 🎙️ sunglasses 😎
  tada 🎉 telephone_receiver 📞 thinking_face 🤔 thumbsdown 👎 thumbsup 👍 timer_clock ⏲️ tools 🛠️ trophy 🏆 tv 📺
  unlock 🔓 video_camera 📹 vhs 📼 warning ⚠️ wastebasket 🗑️ wave 👋 white_check_mark ✅ white_circle ⚪ wink 😉
  wrench 🔧 x ❌ zap ⚡ zzz 💤 +1 👍 -1 👎
`;

const words = TABLE.trim().split(/\s+/);
const EMOJI = new Map();
for (let at = 0; at < words.length; at += 2) EMOJI.set(words[at], words[at + 1]);

/** The character, or undefined for an unknown shortcode. */
export const emoji = (name) => EMOJI.get(name);

/** Replaces `:wave:` and other shortcodes in plain text. */
export const withEmoji = (text) =>
  text.replace(/:([a-z0-9_+-]+):/g, (whole, name) => EMOJI.get(name) ?? whole);
