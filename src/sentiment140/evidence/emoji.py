"""The polarity of emoji, derived from their names.

The training tweets are of 2009 and have no emoji, so no polarity can be learned from them. The names are those of the
package `emoji`, which follows Unicode.
"""

import re
from functools import cache

# A name that matches the first pattern is negative; else one that matches the second is positive. All others, such as
# most animals, objects and flags, are neutral.
_NEGATIVE = re.compile(
    r"""\b( (broken|mending)\ heart | crying | with\ tear | anger | angry | enraged | pouting\ (face|cat)
    | person\ pouting | on\ mouth | steam | unamused | disappointed | pensive | worried | confused | frowning
    | confounded | persevering | weary | tired | anguished | fearful | anxious | downcast | screaming | sad
    | rolling\ eyes | expressionless | grimacing | diagonal\ mouth | raised\ eyebrow | lying\ face | nauseated
    | vomiting | sneezing | face\ with\ thermometer | head\ bandage | medical\ mask | woozy | crossed\ out\ eyes
    | spiral\ eyes | distorted | cracking | bags\ under | melting | facepalming | gesturing\ no | thumbs\ down
    | middle\ finger | pile\ of\ poo | clown | skull | coffin | headstone | bomb | prohibited$ | cross\ mark$
    | warning | hushed | astonished | (cold|hot)\ face )\b""",
    re.VERBOSE,
)
_POSITIVE = re.compile(
    r"""\b( (?<!anatomical\ )hearts? | kiss | kissing | love\ letter | love\ you | smiling | smile | grinning | beaming
    | laughing | joy | winking | savoring | tongue$ | hugging | star\ struck | partying | halo | face\ with\ sunglasses
    | cowboy | relieved | thumbs\ up | clapping | raising\ hands | ok\ hand | victory\ hand | crossed\ fingers
    | fingers\ crossed | folded\ hands | flexed\ biceps | handshake | oncoming\ fist | vulcan | call\ me
    | gesturing\ ok | party\ popper | confetti | ^balloon | wrapped\ gift | birthday | trophy | medal | sparkles
    | (glowing|shooting)\ star | ^star$ | sun\ with\ face | rainbow | bouquet | rose | blossom | hibiscus | sunflower
    | tulip | clover | dancing | clinking | bottle\ with\ popping | ^crown | gem\ stone | hundred\ points | ^fire$
    | drooling | check\ mark | musical\ notes? | saluting | holding\ back\ tears )\b""",
    re.VERBOSE,
)


@cache
def polarity(symbol: str) -> int:
    """Return -1, 0 or 1 for the character of an emoji, and 0 for any other one.

    An emoji of several characters has the polarity of its first characters: the others are skin tones, genders, objects
    and signs that join them.

    Examples:
        >>> polarity("\N{SMILING FACE WITH HEART-SHAPED EYES}"), polarity("\N{POUTING FACE}"), polarity("\N{BUS}")
        (1, -1, 0)
    """
    from emoji import EMOJI_DATA  # takes 30 ms, and only texts with symbols need it

    emoji = EMOJI_DATA.get(symbol) or EMOJI_DATA.get(f"{symbol}\N{VARIATION SELECTOR-16}", {})
    name = re.sub(r"[_-]", " ", emoji.get("en", "").strip(":").lower())
    return -1 if _NEGATIVE.search(name) else int(bool(_POSITIVE.search(name)))
