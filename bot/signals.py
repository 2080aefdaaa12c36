"""Small certain signs in a message: emergencies, a life at risk, noise, complaints, phone numbers."""

import re

# What is happening now; the words of a permit or a plan («消防验收», «应急预案») are no emergency.
_EMERGENCY = re.compile(
    r"(?<!不)着火了?|起火了?|失火|火灾了|爆炸(?!物)了?|(燃气|煤气|天然气)(泄漏|泄露|味)|漏(燃气|煤气|天然气)"
    r"|(液氨|氨气|氯气|硫化氢|毒气|化学品|危化品)(泄漏|泄露|漏了)|[漏跑](氨|氯|毒气)(?!报警|检测|气?探)|(电梯|货梯|轿厢).{0,3}(困|关)(了|着|住).{0,3}人|困在.{0,4}(电梯|货梯)|梯困人"
    r"|有人.{0,3}(被困|被埋|被压|被卷|卷进|掉进|昏迷|窒息)|有人(受伤|晕倒|触电|中毒|落水|溺水|放火|纵火|持刀|行凶)|(砸|压|烫|烧)伤了|触电了|煤气中毒|(楼|墙|房|屋顶|脚手架|基坑|塔吊|吊车).{0,3}(塌|倒)了|工地.{0,3}塌了"
    r"|埋了.{0,3}人|人.{0,3}被?埋(了|住)|砸[了到着]人|(手|脚|腿|胳膊|手指)[^，。 ]{0,3}被.{0,4}(卷|夹|绞|轧)(住|进|着|断|了)|(卷|夹|绞|轧|压)[到着住断](手(?![续机头])|脚|腿|胳膊)"
    r"|(客人|顾客|员工|工人|学生).{0,4}(晕了|晕倒|昏迷|抽搐|休克|中毒了)|[几两三四五六七八九十\d]个(客人|顾客|员工|工人|学生|人).{0,4}吐了|食物中毒.{0,8}(吐|送医|住院)|上吐下泻|不省人事|口吐白沫|没呼吸了"
)
_HYPOTHETICAL = re.compile(
    r"预案|方案|逃生|许可|验收|检查|备案|保险|制度|规定|培训|演练|工伤|申报|认定|鉴定|赔|罚|责任|新闻|网上[传那]|隐患|(谁|怎么)(负责|承担)|怎么办理|之前|去年|上个?月|以后|如果|万一|怕"
)
# Somebody means to die or to kill, or says so of another; homophones as people type them. The look-arounds keep
# everyday words out: «不想活动», «减轻生产», «楼上吊顶», «投河北的标», «从三楼跳闸», «注销就一了百了».
_TO_DIE = (
    r"(不|没)想活(?![动跃])|不活了|(?<!生)活(够|腻歪|腻)了|活着.{0,3}(没|有)(什么|啥|嘛)?(意思|意义)|没(必要|脸|勇气)再?活(?!动)|没脸活",
    r"想死(?![磕守心撑扛机马账])|天想着死|不如死(?![磕守])|死了(算了|得了)|只有死|一死了之|一死百了|(死了?|想|不如|够了)一了百了",
    r"死给.{0,4}看|今[天儿]就死(?![机磕])|撞死算|死在?(你们|大厅|政府)|收尸|遗书|遗言|(结束|了结)(我|自己|自个儿)?的?(生命|性命|这条命|这一切)",
    r"自杀|(?<!各)自尽(?![责职力心])|自焚|自残|(?<![年减])轻生(?![产活意])|寻短见|跳[楼河海桥江]|(?<!标)投河(?![北南道])|卧轨",
    r"[我他她要去想就]上吊(?![装车顶灯物机篮])|割了?腕|服毒|喝药(了|自|死)|一起喝药|[喝吃]了?一?瓶?(农药|敌敌畏|百草枯|老鼠药|安眠药)",
    r"从.{0,8}(楼|桥|塔吊).{0,3}跳(?![闸电线过转])|抱着孩子跳|(^|[我他她人]).{0,6}(楼顶|天台|塔吊)(上|上了|了|坐着呢)?($|[，,。!！].{0,10}(跳|看着办))",
    r"煤气我?都打?开了|锁上开了?煤气|不享活|不想货了|想自沙|跳喽|^(tiao ?lou|zi ?sha|bu ?xiang ?huo ?le)$",
)
_TO_KILL = (
    r"[泼浇]了?汽油|汽油.{0,3}[浇泼]|汽油(我?都)?[买准]备?好|^点汽油|[要去就]点了?(汽油|煤气罐)|点汽油(自|烧|跟)",
    r"[拎提带背抱][着了上一两]*[桶罐瓶]?(汽油|煤气罐)桶?(去(你|他|找|大厅|$)|来(你|找|大厅|了?$)|.{0,4}[找堵烧点炸])",
    r"同归于尽|拉个?垫背|跟[他她你人].{0,2}(拼命|玩命|拼了)|[弄砍捅杀]死([他她你]|那(孙子|王八|房东|姓|收租))|杀[了光]?([他她你]|全家)",
    r"[砍捅]了?[他她你人]|(?<!人)拿着?[刀斧].{0,6}[找砍捅去]|[我要去就]放火(?![锅腿柴龙花车])|就一把火|一把火.{0,3}烧了(拉倒|算了|你们)",
    r"我[要去就非]?.{0,3}[炸烧]了([你他她]|大厅|政府|税务局|办公楼)|把(你们|大厅|政府|税务局|办公楼).{0,6}([炸烧]了|楼点了)|[造寄].{0,2}炸弹",
    r"泼.{0,3}硫酸|我.{0,4}[往给].{0,8}[投下]毒|打断.{0,3}腿|[雇找](几个)?人.{0,3}(打一?顿|收拾[他她你欠]|弄死|废了|教训)",
)
_CRISIS = re.compile("|".join((*_TO_DIE, *_TO_KILL)))
# Sales talk, insurance, stories and what happened long ago: taken out before looking.
_NO_CRISIS = re.compile(
    r"跳楼(价|大?甩卖|清仓|机|大酬宾)|跳楼.{0,4}(责任|赔|工伤)|想死[你我]们?了|想死的[鱼虾蟹]|自杀式|自杀(干预|预防)|剧本杀|杀[他她你].{0,2}价"
    r"|(以前|曾经|去年|前年).{0,12}(跳过?楼|自杀|上吊)|(自杀|自残|上吊|遗书).{0,8}(工伤|理赔|保险|赔)|(电影|小说|剧本|游戏|新闻).{0,6}(自杀|跳楼)"
)
_OWN_OFFICER = re.compile(
    r"(我的?|我们的?|给我们?(分|派)的)?(服务专员|服务员|专员|服务人员|包联干部|网格员|王?服务)"
    r".{0,12}(不接电话|态度|不管|敷衍|推脱|推诿|吃拿卡要|要好处|没来过|联系不上|不回|骂|不作为|投诉)"
    r"|(投诉|举报|换掉?|反映).{0,6}(服务专员|服务员|专员|服务人员|网格员)"
)
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d{9}|0\d{2,3}-?\d{7,8})(?!\d)")
CJK = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[a-zA-Z]{2,}")


def is_emergency(text: str) -> bool:
    """Fire, gas, injury happening now: 119/120/110 first, then the ticket (design §3)."""
    return bool(_EMERGENCY.search(text)) and not _HYPOTHETICAL.search(text)


def is_crisis(text: str) -> bool:
    """A life at risk by somebody's own will: 110, 120 and 12356 first, kindly, then the ticket."""
    return bool(_CRISIS.search(_NO_CRISIS.sub("", text)))


def is_about_own_officer(text: str) -> bool:
    """A complaint about one's own officer goes to the hub, not to that officer (design §3)."""
    return bool(_OWN_OFFICER.search(text))


def is_nonsense(text: str) -> bool:
    """Nothing to work with: marks, digits, one character, keyboard noise."""
    if len(CJK.findall(text)) >= 2:
        return False
    words = _LATIN_WORD.findall(text)
    return not any(len(word) >= 3 and re.search(r"[aeiou]", word, re.IGNORECASE) for word in words) or (
        len(words) == 1 and not CJK.search(text)
    )


def contact_in(text: str) -> tuple[str, str] | None:
    """`赵女士 13900000001` → (name, phone); None without a phone number."""
    match = _PHONE.search(text)
    if not match:
        return None
    name = re.sub(r"[\s,，。:：、]|电话|手机|我是|我叫|联系人|称呼", "", text.replace(match[0], ""))
    return name[:20], match[0]
