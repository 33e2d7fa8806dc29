"""The rows of the export, the same for both writers; standard library only."""

from datetime import datetime, timedelta

TITLE, NOTE = "申报信息", "导出人：测试　导出时间：2026-11-23 10:00"
HEADS = (
    ("申请编号", 20), ("姓名", 12), ("性别", 6), ("证件号码", 22), ("工作单位", 30), ("类别", 16),
    ("提交时间", 17), ("状态", 12), ("经办人", 12), ("经办电话", 16), ("次数", 6), ("备注", 24),
)  # fmt: skip
BEGUN = datetime(2026, 1, 5, 9, 0)
SURNAMES, GIVEN = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "明芳秀英华国建平志强伟敏静丽军洋勇艳杰娟"


def row(number):
    """One case as the export shows it: text, a moment, a count."""
    name = SURNAMES[number % 20] + GIVEN[number // 20 % 20] + GIVEN[number // 400 % 20]
    return (
        f"2026BH{number:08d}", name, "男" if number % 2 else "女", f"110105********{number % 10000:04d}",
        f"云海第{number % 300}新材料科技股份有限公司", "C类 产业人才", BEGUN + timedelta(minutes=7 * (number % 50_000)),
        "待区县初审", "王联系", f"138****{number * 7 % 10000:04d}", number % 4, "材料齐全，合同至2028-12-31",
    )  # fmt: skip
