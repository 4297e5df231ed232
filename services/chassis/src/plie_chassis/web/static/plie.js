/* What a page does beyond HTML and htmx: say that the server is silent, send a form once, close menus, print. */
(() => {
  "use strict";

  const announce = (content) => {
    const place = document.getElementById("annonce");
    place.replaceChildren(content);
    place.scrollIntoView({ block: "nearest" });
  };
  const silent = () => announce(document.getElementById("sans-reponse").content.cloneNode(true));

  for (const name of ["htmx:sendError", "htmx:timeout"]) document.addEventListener(name, silent);
  document.addEventListener("htmx:responseError", (event) => {
    const text = event.detail.xhr.responseText;
    if (!text) return silent();
    const message = document.createElement("template");
    message.innerHTML = text;
    announce(message.content);
  });

  /* A second click on the same button sends nothing: the first one is on its way. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  const ready = (form) => {
    delete form.dataset.sent;
    form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  };
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(ready));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest?.("form");
    if (form) ready(form);
  });

  /* What is typed anew is not wrong any more, as far as one knows here. */
  document.addEventListener("input", ({ target }) => {
    target.classList.remove("is-invalid");
    target.removeAttribute("aria-invalid");
    for (const of of [target, target.closest("fieldset")]) if (of?.id) document.getElementById(`${of.id}-e`)?.remove();
  });

  const menus = ".account[open], .more-places[open]";
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll(menus)) if (!menu.contains(event.target)) menu.open = false;
    if (event.target.closest("[data-print]")) window.print();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll(menus)) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  /* Definitions and data tables are on paper, also where the browser keeps a closed fold closed. */
  const opened = new Set();
  window.addEventListener("beforeprint", () => {
    for (const fold of document.querySelectorAll("details:not([open])")) {
      if (fold.matches(".account, .more-places, .confirm-fold")) continue;
      fold.open = true;
      opened.add(fold);
    }
  });
  window.addEventListener("afterprint", () => {
    for (const fold of opened) fold.open = false;
    opened.clear();
  });

  document.querySelector("[data-focus]")?.focus();
})();
