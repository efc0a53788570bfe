// Sends a file in pieces, says how much has gone, and goes on after a cut. Without it the form sends the file whole.
(function () {
  "use strict";
  var form = document.querySelector("form[data-og-upload]");
  if (!form || !window.tus || !window.tus.isSupported) { return; }
  var input = form.querySelector("[name=upload]"), done = form.querySelector("[name=upload_id]");
  var panel = form.querySelector("[data-og-progress]"), words = panel.querySelector("[role=status]"), bar = panel.querySelector("progress");
  var button = form.querySelector("[data-og-once]"), current = null;
  var size = new Intl.NumberFormat(document.documentElement.lang + "-u-nu-latn", { style: "unit", unit: "megabyte", maximumFractionDigits: 1 });
  var token = form.querySelector("[name=_csrf_token]");

  function rest() { button.disabled = false; button.removeAttribute("aria-busy"); }

  function send(file) {
    panel.hidden = false;
    button.disabled = true;
    current = new window.tus.Upload(file, {
      endpoint: form.dataset.ogUpload,
      chunkSize: 4 * 1024 * 1024,
      retryDelays: [0, 1000, 3000, 5000, 10000, 20000, 30000, 60000],
      headers: token ? { "X-CSRFToken": token.value } : {},
      metadata: { filename: file.name },
      removeFingerprintOnSuccess: true,
      onProgress: function (sent, all) {
        bar.value = all ? sent / all : 1;
        words.textContent = words.dataset.sent.replace("{sent}", size.format(sent / 1e6)).replace("{size}", size.format(all / 1e6));
      },
      onShouldRetry: function (error) {
        var answer = error.originalResponse, status = answer ? answer.getStatus() : 0;
        var again = !status || status === 409 || status === 423 || status >= 500;
        if (again) { words.textContent = words.dataset.cut; }
        return again;
      },
      onError: function (error) {
        var answer = error.originalResponse;
        words.textContent = (answer && answer.getStatus() < 500 && answer.getBody()) || words.dataset.again;
        rest();
      },
      onSuccess: function () {
        done.value = current.url.split("/").pop();
        input.disabled = true;
        form.submit();
      }
    });
    current.findPreviousUploads().then(function (before) {
      if (before.length) { current.resumeFromPreviousUpload(before[0]); }
      current.start();
    });
  }

  form.addEventListener("submit", function (event) {
    var file = input.files && input.files[0];
    if (!file || done.value) { return; }
    event.preventDefault();
    send(file);
  });

  panel.querySelector("[data-og-cancel]").addEventListener("click", function () {
    if (current) { current.abort(true).catch(function () {}); }
    panel.hidden = true; bar.value = 0; words.textContent = ""; done.value = "";
    rest(); input.focus();
  });
})();
