"""`ebpm power --series`."""

from ebpm.cli import main


def test_power_of_a_series_on_the_command_line(capsys, tmp_path):
    figure = tmp_path / "power.png"
    code = main(["power", "--series", "24", "48", "--rho", "0.3", "--effect", "2", "--figure", str(figure)])
    said = capsys.readouterr().out
    assert code == 0
    assert "0.3" in said
    assert figure.stat().st_size > 5_000
    assert main(["power", "--series", "24", "--effect", "1", "2"]) != 0
