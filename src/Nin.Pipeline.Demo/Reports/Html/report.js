"use strict";
(function () {
  var figures = JSON.parse(document.getElementById("figures").textContent);
  var dark = window.matchMedia("(prefers-color-scheme: dark)");

  function layoutOf(figure) {
    var style = getComputedStyle(document.documentElement);
    var ink = style.getPropertyValue("--ink").trim(), line = style.getPropertyValue("--line").trim();
    var narrow = window.innerWidth < 600;
    var layout = JSON.parse(JSON.stringify(figure.layout));
    layout.paper_bgcolor = "rgba(0,0,0,0)";
    layout.plot_bgcolor = "rgba(0,0,0,0)";
    layout.font = { color: ink, family: "system-ui, sans-serif", size: narrow ? 11 : 13 };
    layout.margin = { l: 60, r: layout.yaxis2 ? 60 : 15, t: 15, b: 50 };
    layout.legend = { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 };
    layout.height = layout.height || (narrow ? 340 : 440);
    ["xaxis", "yaxis", "yaxis2"].forEach(function (name) {
      if (!layout[name]) return;
      layout[name].gridcolor = name === "yaxis2" ? "rgba(0,0,0,0)" : line;
      layout[name].linecolor = line;
      layout[name].zeroline = false;
      if (name !== "xaxis" || !layout.xaxis.tickvals) layout[name].automargin = true;
    });
    return layout;
  }

  // Blues that start at the paper's own colour, so that zero is empty in the dark too.
  function dataOf(figure) {
    var data = JSON.parse(JSON.stringify(figure.data));
    data.forEach(function (trace) {
      if (trace.type === "heatmap")
        trace.colorscale = dark.matches ? [[0, "#1b2129"], [1, "#4f93e6"]] : [[0, "#f5f7fa"], [1, "#3b7dd8"]];
    });
    return data;
  }

  function draw(figure) {
    var place = document.getElementById(figure.id);
    if (place) Plotly.react(place, dataOf(figure), layoutOf(figure), { responsive: true, displaylogo: false, displayModeBar: false });
  }

  function drawAll() { figures.forEach(draw); }

  var play = document.getElementById("play"), timer = null;
  play.addEventListener("click", function () {
    var figure = figures.find(function (candidate) { return candidate.id === "learning"; }), epoch = 0;
    clearInterval(timer);
    timer = setInterval(function () {
      epoch++;
      var data = dataOf(figure);
      data.forEach(function (trace) {
        if (trace.mode !== "lines+markers") return;
        trace.x = trace.x.slice(0, epoch);
        trace.y = trace.y.slice(0, epoch);
      });
      Plotly.react("learning", data, layoutOf(figure), { responsive: true, displaylogo: false, displayModeBar: false });
      if (epoch >= figure.frames) clearInterval(timer);
    }, Math.max(60, Math.min(500, 4000 / Math.max(1, figure.frames))));
  });

  drawAll();
  dark.addEventListener("change", drawAll);
  window.addEventListener("resize", drawAll);

  if (document.body.dataset.live === "yes") {
    var status = document.getElementById("live");
    var asking = setInterval(function () {
      fetch("figures.json").then(function (answer) { return answer.json(); }).then(function (news) {
        status.textContent = news.status;
        figures = news.figures;
        drawAll();
      }).catch(function () {
        clearInterval(asking);
        status.textContent = "The training has ended. Its report is in the folder that it wrote.";
      });
    }, 1000);
  }
}());
