(function () {
  var root = document.documentElement;
  function stored(key, value) {
    try { if (value === undefined) return localStorage.getItem(key); localStorage.setItem(key, value); } catch (e) { return null; }
  }
  var theme = stored("workbench-theme");
  if (theme) root.dataset.theme = theme;
  document.getElementById("theme").addEventListener("click", function () {
    var dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    stored("workbench-theme", root.dataset.theme);
  });
  var code = document.getElementById("code");
  if (code) code.addEventListener("click", function () {
    var open = code.getAttribute("aria-pressed") !== "true";
    document.querySelectorAll(".cell details").forEach(function (d) { d.open = open; });
    code.setAttribute("aria-pressed", open);
    code.textContent = open ? "Hide code" : "Show code";
  });
})();
