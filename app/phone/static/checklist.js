// Remembers which materials are ticked, in this phone only; the key changes when the list does.
(function () {
  "use strict";
  document.querySelectorAll("[data-checklist]").forEach(function (list) {
    var key = "materials:" + list.getAttribute("data-checklist");
    var boxes = Array.prototype.slice.call(list.querySelectorAll("input[type=checkbox]"));
    var saved = [];
    try { saved = JSON.parse(localStorage.getItem(key)) || []; } catch (ignored) { saved = []; }
    boxes.forEach(function (box) { box.checked = saved.indexOf(box.id) >= 0; });
    list.addEventListener("change", function () {
      var ticked = boxes.filter(function (box) { return box.checked; }).map(function (box) { return box.id; });
      try { localStorage.setItem(key, JSON.stringify(ticked)); } catch (ignored) { /* private mode: not kept */ }
    });
  });
}());
