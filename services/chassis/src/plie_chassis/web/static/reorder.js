/*
 * A list in an order of its own: [data-reorder] is a form around <li draggable="true"> that hold a hidden field each.
 * Dropping sends the form, as its buttons « monter » and « descendre » do without a script.
 */
(() => {
  "use strict";
  for (const form of document.querySelectorAll("[data-reorder]")) {
    // A line that was moved by keyboard is named by the address: the next key finds it again.
    const moved = location.hash && document.getElementById(location.hash.slice(1));
    if (moved && form.contains(moved)) moved.querySelector("a, button:not(:disabled)")?.focus();
    let held = null;
    let before = "";
    const items = () => [...form.querySelectorAll("li[draggable]")];
    const order = () => items().map((item) => item.id).join(" ");
    form.addEventListener("dragstart", (event) => {
      held = event.target.closest("li[draggable]");
      before = order();
      held.classList.add("is-held");
      event.dataTransfer.effectAllowed = "move";
      event.dataTransfer.setData("text/plain", "");
    });
    form.addEventListener("dragover", (event) => {
      const over = event.target.closest("li[draggable]");
      if (!held || !over || over === held) return;
      event.preventDefault();
      const box = over.getBoundingClientRect();
      over.parentNode.insertBefore(held, event.clientY < box.top + box.height / 2 ? over : over.nextSibling);
    });
    form.addEventListener("drop", (event) => event.preventDefault());
    form.addEventListener("dragend", () => {
      held.classList.remove("is-held");
      held = null;
      if (order() !== before) form.requestSubmit();
    });
    form.addEventListener("keydown", (event) => {
      if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
      const item = event.target.closest("li[draggable]");
      const button = item && item.querySelector(event.key === "ArrowUp" ? "[data-up]" : "[data-down]");
      if (!button || button.disabled) return;
      event.preventDefault();
      form.requestSubmit(button);
    });
  }
})();
