"""Words that are treated apart."""

IDENTITY = frozenset(
    """
    african africans american americans arab arabs asian asians atheist atheists australian autistic bisexual black
    blacks blind boy boys british buddhist buddhists canadian catholic catholics chinese christian christians deaf
    disabled elderly english european female females foreigner foreigners french gay gays german girl girls guy guys
    handicapped hindu hindus hispanic hispanics homeless homosexual immigrant immigrants indian indians irish islam
    islamic italian japanese jew jewish jews kid kids ladies lady latino latinos lesbian lesbians male males man men
    mexican mexicans migrant migrants muslim muslims native nigerian old poor queer refugee refugees russian spanish
    straight trans transgender turkish white whites woman women young
    """.split()
)
"""Words for groups of people. Whoever is talked about, what is added to the logit of a model must not depend on it."""
