"""A known product inside a longer noun: 猫粮盆 is no 猫粮, "cat food dispenser" no cat food."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

# Words that make another thing of the product before them. None of them begins a verb that people say of goods
# (扣货, 卡住, 包括, 管不管, 带电), so that a sentence that goes on is not mistaken for a noun that does.
_HEAD = (
    r"(?:盆|碗|盘|碟|勺|架子?|盒子?|箱子?|柜子?|桶|瓶子?|罐子?|壶|罩|盖子?|刷子?|剪刀|钳子?|锤子?|帽子?|靴子?|袜子?|裤子?|裙子?|"
    r"绳子?|链条|钩子?|床|椅子?|桌子?|凳子?|毯子?|枕头?|泵|炉子?|炉具|锅|铲子?|饼干?|丸|膏|胶水|漆|笼子?|窝|屋|棚|塔|梯子?|"
    r"支架|底座|底盘|配件|零件|部件|附件|用品|制品|设备|装置|材料|原料|辅料|机械|机器|粉碎机|加工机|生产线|模具|器具|"
    r"器皿|膜|棒|托盘|货架|收纳[盒箱袋架柜]|包装[盒袋箱机膜纸]?(?=$)|挂钩|贴纸|外壳|喂食器|分配器|清洗[机剂]|烘干机|切割机|控制器|[自全半]*动?[\u4e00-\u9fff]?机(?=$))"
)
_TAIL = re.compile(rf"[\u4e00-\u9fff]{{0,3}}?{_HEAD}{{1,2}}")
# After the whole noun: the end, a mark, another name, or a word that nouns do not hold
_AFTER = re.compile(
    r"$|[^\u4e00-\u9fff]|的|和|与|及|或|跟|到|出口|出|进口|进|卖|销|在|对|去|往|是|有|要|需|怎|如何|能|会|被|算|属|吗|呢|"
    r"吧|了|呀|啊|也|都|还|通报|通知|新规|法规|标准|提醒|预警|认证|检测|订阅|关注|这|那|最近|现在|以后|一类|类|方面|相关"
)
_INSIDE = re.compile(
    r"[的和与及或到出进卖销在对去往是有要需怎能会被算属吗呢吧了呀啊也都还这那通法新标提认检关订什么哪]"
)
_EN_HEADS = (
    "accessories|bag|bags|basket|baskets|bin|bins|bottle|bottles|bowl|bowls|box|boxes|brush|brushes|"
    "cleaner|cleaners|clip|clips|container|containers|cover|covers|cutter|cutters|dispenser|dispensers|dryer|dryers|"
    "feeder|feeders|frame|frames|grinder|grinders|grip|grips|hanger|hangers|holder|holders|hook|hooks|jar|jars|kit|"
    "kits|mat|mats|mixer|mixers|mould|moulds|organiser|organisers|organizer|organizers|pad|pads|parts|pouch|"
    "pouches|rack|racks|roller|rollers|scoop|scoops|shelf|shelves|sorter|sorters|spoon|spoons|stand|stands|sticker|"
    "stickers|stirrer|stirrers|stopper|stoppers|strainer|strainers|tray|trays|warmer|warmers|washer|washers"
)
_EN_TAIL = re.compile(rf"(?: (?!and |or |for |in |to |of )[a-z]+)? (?:{_EN_HEADS})(?![a-z-])")
# What stands before a product and belongs to its name: 智能|猫砂盆, wooden|spoons
_ATTRIBUTE = re.compile(
    r"(?:智能|电动|无线|便携式?|迷你|折叠式?|户外|家用|车载|车用|太阳能|全?自动|可充电|一次性|儿童|婴儿|宠物|不锈钢|塑料|木制|木质|实木|"
    r"陶瓷|玻璃|硅胶|竹制|金属|纯棉|冷冻|速冻|有机|新鲜|医用|工业用?|商用|led)+$|"
    r"(?<![a-z-])(?:(?:smart|electric|electronic|wireless|cordless|portable|mini|foldable|folding|rechargeable|disposable|"
    r"children's|kids'?|baby|pet|wooden|plastic|ceramic|glass|stainless steel|metal|bamboo|silicone|cotton|solar|"
    r"outdoor|frozen|dried|fresh|canned|organic|medical|industrial|led) )+$"
)
Span = tuple[int, int]


def whole(folded: str, goods: Iterable[Span], others: list[Span]) -> Iterator[Span]:
    """The spans of known products, each as the whole noun it stands in; left out where that noun's end is unclear."""
    known = list(goods)
    starts = {start for start, _ in (*known, *others)}
    for start, end in known:
        widened = _whole(folded, start, end, starts)
        if widened is not None:
            yield _with_attribute(
                folded, widened, max((until for _, until in (*known, *others) if until <= start), default=0)
            )


def _with_attribute(folded: str, noun: Span, free_from: int) -> Span:
    """The noun with what describes it right before; what is a name itself stays one."""
    before = _ATTRIBUTE.search(folded, free_from, noun[0])
    return (before.start(), noun[1]) if before else noun


def _whole(folded: str, start: int, end: int, starts: set[int]) -> Span | None:
    if end >= len(folded) or end in starts:
        return start, end
    if folded[end] == " " and folded[start].isascii():
        tail = _EN_TAIL.match(folded, end)
        free = tail and not any(end < other < tail.end() for other in starts)
        return (start, tail.end()) if tail and free else (start, end)
    tail = _TAIL.match(folded, end)
    if not tail or any(end < other < tail.end() for other in starts) or _INSIDE.search(tail[0]):
        return start, end
    return (start, tail.end()) if _AFTER.match(folded, tail.end()) or tail.end() in starts else None
