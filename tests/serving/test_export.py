"""What the export writes."""

import numpy as np

from sentiment140.serving.export import _write_ngram_models


def test_ngram_models_of_all_folds_share_one_compressed_file(tmp_path):
    count = 2000
    fits: dict[str, dict[str, np.ndarray]] = {
        name: {
            "terms": np.arange(start, start + count),
            "idf": np.full(count, value, np.float32),
            "coefficients": np.full(count, -value, np.float32),
            "intercept": np.array([value]),
        }
        for name, start, value in (("a", 0, 1.0), ("b", 1, 2.0))
    }
    _write_ngram_models(tmp_path / "a.npz", fits)
    with np.load(tmp_path / "a.npz") as archive:
        arrays = {name: archive[name] for name in archive.files}
    assert arrays["terms"].tolist() == list(range(count + 1))
    assert arrays["intercept"].tolist() == [1, 2]
    assert arrays["idf"][[0, 1, -1]].tolist() == [[1, 0], [1, 2], [0, 2]]  # 0: an n-gram that the fold does not know
    assert (arrays["coefficients"] == -arrays["idf"]).all()
    assert (tmp_path / "a.npz").stat().st_size < sum(array.nbytes for array in arrays.values()) / 2
