// The page: each panel follows the store, and the store follows the stand-in.

import * as bar from "./panels/bar.js";
import * as conversation from "./panels/conversation.js";
import * as inspector from "./panels/inspector.js";
import * as modal from "./panels/modal.js";
import * as sidebar from "./panels/sidebar.js";
import { h } from "./dom.js";
import { follow, on, state } from "./store.js";

const TOAST_MS = 8000;
const toasts = document.querySelector("#toasts");

on("notice", () => {
  const toast = h("div", { class: "toast", popover: "manual" }, state.notice);
  toasts.append(toast);
  toast.showPopover(); // above modals, too
  setTimeout(() => toast.remove(), TOAST_MS);
});

bar.follow(inspector.toggle);
sidebar.follow();
conversation.follow();
inspector.follow();
modal.follow();
follow(sessionStorage.getItem("me") ?? "");
