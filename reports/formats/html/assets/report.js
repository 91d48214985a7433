"use strict";
// Search and filters over what is already on the page. Without this script everything is shown.
(function () {
  var box = document.getElementById("search");
  var inputs = ["query", "outcome", "severity", "account", "framework"].map(function (id) { return document.getElementById(id); });
  var shown = document.getElementById("shown");
  var rules = Array.prototype.slice.call(document.querySelectorAll("article.rule")).map(function (rule) {
    var findings = Array.prototype.slice.call(rule.querySelectorAll("li.finding"));
    return {
      node: rule,
      body: rule.querySelector("details.body"),
      open: rule.querySelector("details.body").open,
      text: (rule.querySelector("summary").textContent + " " + rule.id).toLowerCase(),
      controls: " " + rule.dataset.controls.toLowerCase() + " ",
      findings: findings.map(function (node) { return { node: node, text: node.textContent.toLowerCase(), data: node.dataset }; })
    };
  });
  var total = rules.reduce(function (sum, rule) { return sum + rule.findings.length; }, 0);

  function apply() {
    var query = inputs[0].value.trim().toLowerCase();
    var outcome = inputs[1].value, severity = inputs[2].value, account = inputs[3].value, framework = inputs[4].value;
    var asked = query || outcome || severity || account || framework;
    var count = 0;
    rules.forEach(function (rule) {
      var inFramework = !framework || rule.controls.indexOf(" " + framework + " ") >= 0;
      var named = query && (rule.text.indexOf(query) >= 0 || rule.controls.indexOf(query) >= 0);
      var left = 0;
      rule.findings.forEach(function (finding) {
        var fits = inFramework &&
          (!outcome || finding.data.outcome === outcome) && (!severity || finding.data.severity === severity) &&
          (!account || finding.data.account === account) && (!query || named || finding.text.indexOf(query) >= 0);
        finding.node.hidden = !fits;
        left += fits ? 1 : 0;
      });
      rule.node.hidden = Boolean(asked) && !left && !(named && inFramework && !outcome && !severity && !account);
      rule.body.open = asked ? left > 0 : rule.open;
      count += left;
    });
    shown.textContent = asked ? count + " of " + total + " findings on this page" : "";
  }

  function reveal() {
    var name;
    try { name = decodeURIComponent(location.hash.slice(1)); } catch (error) { return; }
    if (name.indexOf("q=") === 0) { inputs[0].value = name.slice(2); apply(); return; }
    var node = name && document.getElementById(name);
    for (var at = node; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") { at.open = true; }
      if (at.hidden) { document.getElementById("clear").click(); }
    }
    if (node) {
      var inner = node.querySelector ? node.querySelector("details.body") : null;
      if (inner) { inner.open = true; }
      node.scrollIntoView();
    }
  }

  inputs.forEach(function (input) { input.addEventListener("input", apply); });
  document.getElementById("clear").addEventListener("click", function () {
    inputs.forEach(function (input) { input.value = ""; });
    apply();
  });
  window.addEventListener("hashchange", reveal);
  window.addEventListener("beforeprint", function () {
    Array.prototype.forEach.call(document.querySelectorAll("details:not(.logic):not(.witness)"), function (each) { each.open = true; });
  });
  box.hidden = false;
  reveal();
})();
