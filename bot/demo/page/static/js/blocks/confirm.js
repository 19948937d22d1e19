// The dialog of a button with `confirm`.
// https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object

import { h, newId } from "../dom.js";
import { text } from "./text.js";

/** Resolves to true if the person confirms; without a question, at once. */
export function confirmed(question) {
  if (!question) return Promise.resolve(true);
  const [title, body] = [newId("title"), newId("body")];
  return new Promise((resolve) => {
    const answer = (yes) => () => { dialog.close(); dialog.remove(); resolve(yes); };
    const style = question.style === "danger" ? "danger" : "primary";
    const dialog = h("dialog", { class: "modal confirm", role: "alertdialog", "aria-labelledby": title, "aria-describedby": body },
      h("h2", { id: title }, text(question.title)),
      h("div", { id: body, class: "words confirm-words" }, text(question.text)),
      h("footer", { class: "modal-ends" },
        h("button", { class: "button", type: "button", onclick: answer(false) }, text(question.deny)),
        h("button", { class: `button ${style}`, type: "button", onclick: answer(true) }, text(question.confirm))));
    dialog.addEventListener("cancel", answer(false));
    document.body.append(dialog);
    dialog.showModal();
  });
}
