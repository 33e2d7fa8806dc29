"""Invented names: common and compound surnames, rare characters, names with `·`; names of employers."""

from functools import lru_cache
from random import Random

from app.commands.persons import name_columns

SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常单解查仇翟盖区"
)
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "尉迟", "长孙", "澹台", "万俟", "皇甫", "慕容")
GIVEN = tuple(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文建国华玉梅红英志新春海波晓东雪晨曦子轩雨桐一诺思远佳慧嘉欣浩宇梓涵俊熙若琳博文天宇诗涵宏斌立成永健世昌家豪"
)
RARE = ("𠮷", "㐂", "䶮", "㛃", "喆", "翀", "玥", "堃", "淼", "犇")
ETHNIC = (
    "阿卜杜拉·买买提", "古丽娜尔·艾合买提", "扎西·多吉", "迪丽努尔·吐尔逊", "巴特尔·苏和", "卓玛·央金",
    "买买提江·依明", "阿依古丽·卡德尔", "乌云·其其格", "努尔兰·哈力木",
)  # fmt: skip
PLACES = ("云山", "青山", "白河", "兰溪", "东湖", "金桥", "长安", "江南", "北辰", "南屏", "西岭", "星河")
WORDS = (
    "恒达",
    "新启",
    "华瑞",
    "中科",
    "远航",
    "博创",
    "天工",
    "海川",
    "鼎新",
    "德润",
    "智联",
    "宏图",
    "万象",
    "启明",
)
LINES = (
    "精密制造", "生物科技", "软件", "新能源", "建筑设计", "医药", "材料科技", "物流", "环保科技", "电子", "农业科技",
    "教育咨询",
)  # fmt: skip
LONG = 3 / 4
"""How often a given name has two characters."""
ENDS = ("有限公司", "股份有限公司", "（集团）有限公司", "研究院")


def person(chance: Random, *, unprintable: frozenset[str] = frozenset()) -> str:
    """A name: mostly two or three characters, 1 in 80 with a rare one, 1 in 120 with `·`.

    `unprintable` characters are left out.
    """
    roll = chance.random()
    if roll < 1 / 120:
        return chance.choice(ETHNIC)
    surname = (
        chance.choice(COMPOUND) if roll < 1 / 40 else SURNAMES[int(len(SURNAMES) * chance.random() ** 1.6)]
    )
    given = chance.choice(GIVEN) + (chance.choice(GIVEN) if chance.random() < LONG else "")
    if roll > 1 - 1 / 80:
        given = given[:1] + chance.choice([c for c in RARE if c not in unprintable])
    return surname + given


@lru_cache(maxsize=100_000)
def columns(name: str) -> dict[str, str]:
    """The name with its key and readings, as registering makes them."""
    return name_columns(name)


def employer(chance: Random) -> str:
    """The name of a unit."""
    parts = (chance.choice(PLACES), chance.choice(WORDS), chance.choice(LINES), chance.choice(ENDS))
    return "".join(parts)
