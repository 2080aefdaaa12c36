"""Operating statuses of an enterprise (A5), and which of them mean that it is gone."""

STATUSES = ("正常", "停业", "注销", "迁入", "迁出", "僵尸企业")
GONE = frozenset({"注销", "迁出"})
