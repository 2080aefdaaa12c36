// Small helpers of the page: making elements, calling the API, telling what went wrong.

export const element = (tag, className = "", text = "") => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
};

export const post = async (path, body) => {
  const isFile = body instanceof Blob;
  const response = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": isFile ? body.type : "application/json" },
    body: isFile ? body : JSON.stringify(body),
  });
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw new Error(typeof answer.detail === "string" ? answer.detail : "这一步没有成功，请再试一次");
  }
  return response.json();
};

const notice = document.getElementById("notice");
let noticeTimer = 0;
export const say = (text) => {
  clearTimeout(noticeTimer);
  notice.textContent = "";
  notice.hidden = !text;
  if (!text) return;
  setTimeout(() => { notice.textContent = text; }, 50); // only what changes in a region already there is read out
  noticeTimer = setTimeout(() => { notice.hidden = true; }, 5000);
};

export const guarded = (action) => async (...given) => {
  try {
    await action(...given);
  } catch (error) {
    say(error.message || "连不上演示服务，请确认它还在运行");
  }
};
