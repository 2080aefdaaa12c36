#!/usr/bin/env bash
# 做一个离线安装包：给不能上网的服务器。在能上网、同样系统和 Python 版本的机器上运行：make bundle
# 结果：build/qiying-版本.tar，里面是程序、手册、全部依赖的 wheel 和安装脚本。
set -euo pipefail
cd "$(dirname "$0")/.."
python=${PYTHON:-.venv/bin/python}
version=$("$python" -c 'import importlib.metadata as m; print(m.version("qiying"))')
folder="build/qiying-$version"
rm -rf "$folder" && mkdir -p "$folder/wheels"
echo "下载依赖（约 400 MB，要几分钟）……"
# shellcheck disable=SC2086
"$python" -m pip download --quiet --disable-pip-version-check ${PIP_ARGS:-} --dest "$folder/wheels" -r requirements.lock
# 少数依赖只有源码包：在这里编好，目标机器不用编译。
find "$folder/wheels" -name '*.tar.gz' -print0 | while IFS= read -r -d '' source; do
  "$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir "$folder/wheels" "$source"
  rm "$source"
done
git ls-files -z app bot handbook kb deploy docs pyproject.toml requirements.lock README.md README.zh-CN.md CHANGELOG.md LICENSE .env.example \
  | tar --null --files-from=- -cf - | tar -xf - -C "$folder"
(cd "$folder" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum > SHA256SUMS)
tar -cf "build/qiying-$version.tar" -C build "qiying-$version"
echo "build/qiying-$version.tar（$(du -h "build/qiying-$version.tar" | cut -f1)）"
echo "拷到服务器：tar -xf qiying-$version.tar && sudo qiying-$version/deploy/install.sh"
