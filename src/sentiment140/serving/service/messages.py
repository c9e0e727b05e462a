"""The content of requests and responses, from which the description at `/openapi.json` is made."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from sentiment140.errors import unknown_name
from sentiment140.serving.model_scores import ModelScores
from sentiment140.serving.service.limits import Limits, Refusal, echo

_EXAMPLE = 'send a JSON object such as {"texts": ["I love it"]}'


class PredictRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """Texts to score: either one `text` or several `texts`."""

    text: str | UnsetType = UNSET
    texts: list[str] | UnsetType = UNSET
    abstain: Annotated[
        float,
        Meta(ge=0, le=0.5, description="texts are uncertain whose probability differs from 0.5 by less than this"),
    ] = 0.0
    explain: Annotated[bool, Meta(description="whether to return the effect of each word")] = False

    def all_texts(self) -> list[str]:
        """Return the texts."""
        return [self.text] if isinstance(self.text, str) else list(self.texts or [])


class Effect(Struct, frozen=True):
    """What a word adds to the logit of positive."""

    word: str
    effect: float


class Prediction(Struct, frozen=True):
    """The sentiment of a text."""

    sentiment: Annotated[str, Meta(description="negative, positive or uncertain; with three labels also neutral")]
    probability: Annotated[float, Meta(ge=0, le=1, description="calibrated probability of positive")]
    known_words: Annotated[int, Meta(ge=0, description="words of the text that the model knows")]
    truncated: Annotated[bool, Meta(description="whether the model read the beginning of the text only")]
    explanation: list[Effect] | UnsetType = UNSET
    negative: Annotated[float, Meta(ge=0, le=1, description="its probability, with three labels")] | UnsetType = UNSET
    neutral: Annotated[float, Meta(ge=0, le=1, description="its probability, with three labels")] | UnsetType = UNSET


class PredictResponse(Struct, frozen=True):
    """The predictions, in the order of the texts."""

    model: str
    predictions: list[Prediction]


class Health(Struct, frozen=True):
    """The service runs, and this is what it serves. The scores are those of the model without the lexicon."""

    status: str
    model: str
    data: Annotated[str, Meta(description='what the model was trained on: "real" or "demo" tweets')]
    scores: dict[str, ModelScores]
    lexicon: Annotated[bool, Meta(description="whether words count as people judge them")]
    labels: Annotated[int, Meta(description="the number of classes, 2 or 3")]
    adapted: Annotated[str | None, Meta(description="the tweets that the model was adapted to")]


class Ready(Struct, frozen=True):
    """The service has capacity for a request of any size."""

    status: str


class Problem(Struct, frozen=True):
    """A refusal, as RFC 9457 describes it."""

    title: str
    status: int
    detail: Annotated[str, Meta(description="the reason, and what to do about it")]
    code: Annotated[str, Meta(description="the reason in one word")]
    type: str = "about:blank"
    found: int | UnsetType = UNSET
    limit: int | UnsetType = UNSET


def parse(body: bytes, limits: Limits) -> PredictRequest:
    """Read and check the body of a request.

    Raises:
        Refusal: the body is something else than a `PredictRequest`, or exceeds a limit.
    """
    try:
        found = msgspec.json.decode(body, type=PredictRequest)
    except msgspec.ValidationError as error:
        raise Refusal(400, "invalid_request", f"{_describe(str(error))}, {_EXAMPLE}") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise Refusal(400, "invalid_json", f"the body is not valid JSON ({echo(str(error))}), {_EXAMPLE}") from error
    if (found.text is UNSET) == (found.texts is UNSET):
        raise Refusal(400, "invalid_request", f"the body must have either text or texts, {_EXAMPLE}")
    texts = found.all_texts()
    if len(texts) > limits.texts:
        allowed = f"a request may have at most {limits.texts:,} texts, but this one has {len(texts):,}"
        raise Refusal(413, "too_many_texts", f"{allowed}: send several requests", len(texts), limits.texts)
    for position, length in enumerate(map(len, texts)):
        if length > limits.characters:
            name = "this one" if len(texts) == 1 else f"texts[{position}]"
            allowed = f"a text may have at most {limits.characters:,} characters, but {name} has {length:,}"
            raise Refusal(413, "text_too_long", f"{allowed}: shorten it", length, limits.characters)
    return found


def _describe(error: str) -> str:
    """Describe an error of msgspec: one that names a key is shortened, and suggests a known key."""
    if "unknown field" not in error:
        return error[0].lower() + error[1:]
    key = error[error.index("`") + 1 : error.rindex("`")]
    return unknown_name("key", echo(key), PredictRequest.__struct_fields__)


def encode(content: Struct) -> bytes:
    """Encode the content of a response."""
    return msgspec.json.encode(content)
