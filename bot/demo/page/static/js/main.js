// The page: each part follows the store, and the store follows the stand-in.

import * as bar from "./bar.js";
import * as conversation from "./conversation.js";
import * as inspector from "./inspector.js";
import * as modal from "./modal.js";
import * as sidebar from "./sidebar.js";
import { h } from "./dom.js";
import { follow, on, state } from "./store.js";

const TOAST_MS = 8000;
const toasts = document.querySelector("#toasts");

on("notice", () => {
  const toast = h("div", { class: "toast", popover: "manual" }, state.notice);
  toasts.append(toast);
  toast.showPopover(); // above a modal, too
  setTimeout(() => toast.remove(), TOAST_MS);
});

bar.follow(inspector.toggle);
sidebar.follow();
conversation.follow();
inspector.follow();
modal.follow();
follow(sessionStorage.getItem("me") ?? "");
