// Ask twice a second whether a file was saved; load the page again when one was.
const known = document.body.dataset.version;
const state = document.getElementById("state");
async function look() {
  try {
    const answer = await fetch("/version", { cache: "no-store" });
    const { version } = await answer.json();
    if (version !== known) {
      location.reload();
      return;
    }
    state.textContent = "保存文件后自动刷新";
  } catch {
    state.textContent = "预览已停止：到命令行重新运行";
  }
  setTimeout(look, 500);
}
setTimeout(look, 500);
