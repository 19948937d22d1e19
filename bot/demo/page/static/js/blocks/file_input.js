// A field for files. Each is sent to the stand-in when it is chosen.
// https://docs.slack.dev/reference/block-kit/block-elements/file-input-element

import { upload } from "../api.js";
import { h } from "../dom.js";

export function fileInput(one, where, id, state) {
  const input = h("input", {
    id, class: "field", type: "file", multiple: one.max_files !== 1,
    accept: one.filetypes?.map((kind) => `.${kind}`).join(","),
    "data-focus": `${where.block_id}/${where.action_id}`,
  });
  const held = h("span", { class: "soft", role: "status" });
  const control = h("div", { class: "typed" }, input, held);
  input.addEventListener("change", async () => {
    for (const file of input.files) await upload("attach", where, file);
    input.value = "";
  });
  control.sync = (now) => {
    held.textContent = (now?.files ?? []).map((file) => file.name).join(", ");
    input.classList.toggle("sent", !!held.textContent);  // the browser would say that it has none
  };
  control.sync(state);
  return control;
}
