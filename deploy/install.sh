#!/usr/bin/env bash
# 从离线安装包安装或升级到这个版本。不碰数据、本区自己的手册和配置；失败就退回原来的版本。
#   sudo ./install.sh            装好、切换、重启、检查
#   sudo ./install.sh --no-start 只装好和切换（第一次，配置还没填）
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
root=${QIYING_ROOT:-/opt/qiying}
data=${QIYING_STATE:-/var/lib/qiying}
settings=${QIYING_ENV:-/etc/qiying/qiying.env}
command=${QIYING_COMMAND:-/usr/local/bin/qiying}
python=${PYTHON:-python3}
start=1; [ "${1:-}" = "--no-start" ] && start=0

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更新版本"; exit 1; }
(cd "$here" && sha256sum --quiet -c SHA256SUMS) || { echo "安装包不完整，请重新拷贝"; exit 1; }

if [ "$(id -u)" = 0 ] && ! getent passwd qiying >/dev/null; then
  useradd --system --home-dir "$data" --shell /usr/sbin/nologin qiying
fi
mkdir -p "$root/releases" "$data" "$(dirname "$settings")"
chmod 700 "$data"
release="$root/releases/$(basename "$here")-$(date +%Y%m%d%H%M%S)"
cp -r "$here" "$release" && rm -rf "$release/wheels"
echo "安装依赖……"
"$python" -m venv "$release/.venv"
"$release/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$here/wheels" -r "$here/requirements.lock"
"$release/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation -e "$release"
# 服务账号写不了程序目录：字节码现在就备好，否则每次启动都要重新编译。
"$release/.venv/bin/python" -m compileall -q "$release/app" "$release/bot" "$release/handbook"

if [ ! -f "$settings" ]; then
  cp "$here/.env.example" "$settings"
  sed -i '/^QIYING_DATA_DIR=/d; /^QIYING_KB_DIR=/d' "$settings"
  { echo "QIYING_DATA_DIR=$data"; echo "QIYING_KB_DIR=$root/current/kb"; } >> "$settings"
  chmod 600 "$settings"
fi
ln -sfn "$settings" "$release/.env"
if [ "$(id -u)" = 0 ]; then
  chown -R qiying: "$data" "$settings"
  sed "s#/opt/qiying#$root#; s#/etc/qiying/qiying.env#$settings#g" "$here/deploy/qiying" > "$command" && chmod 755 "$command"
  # 本机的改动请放在 systemctl edit 的附加文件里，升级不会覆盖它们。
  if [ -d /run/systemd/system ]; then
    cp "$here"/deploy/systemd/*.service "$here"/deploy/systemd/*.timer /etc/systemd/system/ && systemctl daemon-reload
  fi
fi

before=$(readlink "$root/current" 2>/dev/null || true)
run() { if [ "$(id -u)" = 0 ]; then runuser -u qiying -- "$@"; else "$@"; fi; }
saved=""
# 有库就先备份，检查通不过的也备份。
if [ -n "$before" ] && { [ -s "$data/qiying.db" ] || (cd "$before" && run .venv/bin/qiying db check >/dev/null 2>&1); }; then
  saved="$data/backups/before-$(basename "$release").backup"
  run mkdir -p -m 700 "$data/backups"
  echo "备份到 $saved"
  (cd "$before" && run .venv/bin/qiying db backup "$saved")
fi
switch() { ln -sfn "$1" "$root/current.new" && mv -T "$root/current.new" "$root/current"; }
# 只重启正在用的：单机是 qiying.service，多进程是 qiying-web@、qiying-worker@。
restart() {
  if [ -n "$(systemctl list-units --all --plain --no-legend 'qiying-web@*.service' 2>/dev/null)" ]; then
    systemctl restart 'qiying-web@*.service' 'qiying-worker@*.service' || true
  else
    systemctl restart qiying.service || true
  fi
}
switch "$release"
if [ "$start" = 0 ]; then
  echo "已装好：$release。填好 $settings 后：systemctl enable --now qiying.service"
  exit 0
fi
restart
address=${QIYING_ADDRESS:-http://127.0.0.1:8000}
for _ in $(seq 60); do
  if "$python" - "$address/readyz" <<'PY' 2>/dev/null; then echo "新版本已就绪：$release"; exit 0; fi
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=2)
PY
  sleep 1
done
echo "新版本一分钟没有就绪：journalctl -u qiying.service -n 50"
if [ -n "$before" ]; then
  switch "$before" && restart
  echo "已退回 $before。表结构若已升级，先停服务，把库移开，再执行：qiying db restore $saved"
fi
exit 1
