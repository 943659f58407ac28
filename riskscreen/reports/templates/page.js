(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("charts").textContent);
  var root = document.documentElement;
  var views = {};

  function draw(box) {
    var id = box.id.replace(/^plot-/, "");
    if (views[id] || box.offsetWidth === 0) return;
    views[id] = true;
    var language = box.dataset.language;
    var spec = Object.assign({ config: data.config }, data.specs[id]);
    vegaEmbed(box, spec, {
      actions: false, renderer: "svg", ast: true, defaultStyle: false,
      formatLocale: data.locales[language], loader: { load: refuse, sanitize: refuse }
    }).then(function () { box.dataset.drawn = "yes"; });
  }

  function refuse() { return Promise.reject(new Error("this page loads nothing")); }

  function drawAll() {
    document.querySelectorAll(".plot[data-language='" + root.lang + "']").forEach(draw);
  }

  function pictures() {
    document.querySelectorAll(".picture-slot[data-language='" + root.lang + "']").forEach(function (slot) {
      var image = document.getElementById("picture-" + slot.dataset.picture);
      if (!image) return;
      image.alt = image.dataset["alt" + (root.lang === "nl" ? "Nl" : "En")];
      slot.appendChild(image);
    });
  }

  function place() {
    var found = null;
    document.querySelectorAll(".edition[lang='" + root.lang + "'] section.part").forEach(function (part) {
      if (part.getBoundingClientRect().top < 120) found = part.id;
    });
    return found;
  }

  function show(language) {
    if (language === root.lang) return;
    var was = place();
    root.lang = language;
    document.title = root.dataset["title" + (language === "nl" ? "Nl" : "En")];
    document.querySelectorAll(".switch button").forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.value === language));
    });
    pictures();
    drawAll();
    if (was) {
      var target = document.getElementById(was.replace(/^(nl|en)-/, language + "-"));
      if (target) target.scrollIntoView({ behavior: "instant" });
    }
  }

  document.querySelectorAll(".switch button").forEach(function (button) {
    button.addEventListener("click", function () { show(button.value); });
  });
  document.querySelectorAll("details").forEach(function (part) { part.addEventListener("toggle", drawAll); });
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details").forEach(function (part) { part.open = true; });
    drawAll();
  });
  if (window.matchMedia("(max-width: 61.99rem)").matches) {
    document.querySelectorAll(".toc details").forEach(function (part) { part.open = false; });
  }
  pictures();
  drawAll();
})();
