//! Units of measurement: those that Kusto knows, sized as in the library of units that it takes them from.

use std::f64::consts::PI;

use super::{Context, RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "convert_temperature" => temperature,
        "convert_angle" => |_, cells| convert(cells, |unit| size_of(unit, ANGLES)),
        "convert_length" => |_, cells| convert(cells, |unit| size_of(unit, LENGTHS)),
        "convert_mass" => |_, cells| convert(cells, |unit| size_of(unit, MASSES)),
        "convert_speed" => |_, cells| convert(cells, speed),
        "convert_energy" => |_, cells| convert(cells, |unit| size_of(unit, ENERGIES)),
        "convert_force" => |_, cells| convert(cells, |unit| size_of(unit, FORCES)),
        "convert_volume" => |_, cells| convert(cells, volume),
        _ => return None,
    })
}

/// Names and sizes of units.
type Units = &'static [(&'static str, f64)];

/// What may stand before a unit.
const PREFIXES: Units = &[
    ("Tera", 1e12),
    ("Giga", 1e9),
    ("Mega", 1e6),
    ("Kilo", 1e3),
    ("Hecto", 1e2),
    ("Deca", 1e1),
    ("Deci", 1e-1),
    ("Centi", 1e-2),
    ("Milli", 1e-3),
    ("Micro", 1e-6),
    ("Nano", 1e-9),
];

/// In degrees.
const ANGLES: Units = &[
    ("Degree", 1.0),
    ("Arcminute", 1.0 / 60.0),
    ("Arcsecond", 1.0 / 3600.0),
    ("Radian", 180.0 / PI),
    ("Gradian", 0.9),
    ("NatoMil", 360.0 / 6400.0),
    ("Revolution", 360.0),
    ("Tilt", 90.0),
];
/// In metres.
const LENGTHS: Units = &[
    ("Meter", 1.0),
    ("Angstrom", 1e-10),
    ("AstronomicalUnit", 149_597_870_700.0),
    ("Chain", 20.1168),
    ("DataMile", 1828.8),
    ("DtpPica", 0.0254 / 6.0),
    ("DtpPoint", 0.0254 / 72.0),
    ("Fathom", 1.8288),
    ("Foot", 0.3048),
    ("Hand", 0.1016),
    ("Inch", 0.0254),
    ("LightYear", 9_460_730_472_580_800.0),
    ("Mil", 0.000_025_4),
    ("Mile", 1609.344),
    ("NauticalMile", 1852.0),
    ("Parsec", 3.085_677_581_28e16),
    ("PrinterPica", 0.0254 * 400.0 / 2409.0),
    ("PrinterPoint", 0.0254 / 72.27),
    ("Shackle", 27.432),
    ("SolarRadius", 6.955_1e8),
    ("Twip", 0.0254 / 1440.0),
    ("UsSurveyFoot", 1200.0 / 3937.0),
    ("Yard", 0.9144),
];
/// In kilograms.
const MASSES: Units = &[
    ("Gram", 1e-3),
    ("Tonne", 1e3),
    ("EarthMass", 5.972_2e24),
    ("Grain", 64.798_91e-6),
    ("LongHundredweight", 50.802_345_44),
    ("LongTon", 1_016.046_908_8),
    ("Ounce", 0.028_349_523_125),
    ("Pound", 0.453_592_37),
    ("ShortHundredweight", 45.359_237),
    ("ShortTon", 907.184_74),
    ("Slug", 14.593_902_937_206_363),
    ("SolarMass", 1.988_47e30),
    ("Stone", 6.350_293_18),
];
/// In seconds.
const TIMES: Units = &[("Second", 1.0), ("Minute", 60.0), ("Hour", 3600.0)];
/// In joules.
const ENERGIES: Units = &[
    ("Joule", 1.0),
    ("BritishThermalUnit", 1_055.055_852_62),
    ("Calorie", 4.184),
    ("DecathermEc", 1.055_055_852_62e9),
    ("DecathermImperial", 1.055_055_852_573_48e9),
    ("DecathermUs", 1.054_804e9),
    ("ElectronVolt", 1.602_176_634e-19),
    ("Erg", 1e-7),
    ("FootPound", 1.355_817_948_331_400_4),
    ("HorsepowerHour", 2.684_519_537_696_173e6),
    ("ThermEc", 1.055_055_852_62e8),
    ("ThermImperial", 1.055_055_852_573_48e8),
    ("ThermUs", 1.054_804e8),
    ("WattDay", 86_400.0),
    ("WattHour", 3600.0),
];
/// In newtons.
const FORCES: Units = &[
    ("Newton", 1.0),
    ("Dyn", 1e-5),
    ("KilogramForce", 9.806_65),
    ("KiloPond", 9.806_65),
    ("KilopoundForce", 4_448.221_615_260_5),
    ("OunceForce", 0.278_013_850_953_781_2),
    ("Poundal", 0.138_254_954_376),
    ("PoundForce", 4.448_221_615_260_5),
    ("ShortTonForce", 8_896.443_230_521),
    ("TonneForce", 9_806.65),
];
/// In cubic metres.
const VOLUMES: Units = &[
    ("AcreFoot", 1.0 / 0.000_810_714),
    ("AuTablespoon", 2e-5),
    ("BoardFoot", 0.002_359_737_216),
    ("ImperialBeerBarrel", 0.163_659_24),
    ("ImperialGallon", 4.546_09e-3),
    ("ImperialOunce", 2.841_306_25e-5),
    ("ImperialPint", 5.682_612_5e-4),
    ("Liter", 1e-3),
    ("MetricCup", 2.5e-4),
    ("MetricTeaspoon", 5e-6),
    ("OilBarrel", 0.158_987_294_928),
    ("UkTablespoon", 1.5e-5),
    ("UsBeerBarrel", 0.117_347_765_8),
    ("UsCustomaryCup", 2.365_882_365e-4),
    ("UsGallon", 3.785_411_784e-3),
    ("UsLegalCup", 2.4e-4),
    ("UsOunce", 2.957_352_956_25e-5),
    ("UsPint", 4.731_764_73e-4),
    ("UsQuart", 9.463_529_46e-4),
    ("UsTablespoon", 1.478_676_478_125e-5),
    ("UsTeaspoon", 4.928_921_593_75e-6),
];

/// The size of a unit, perhaps with a prefix.
fn size_of(unit: &str, units: Units) -> Option<f64> {
    let known = |name: &str| units.iter().find(|(unit, _)| *unit == name).map(|(_, size)| *size);
    known(unit).or_else(|| {
        PREFIXES.iter().find_map(|(prefix, times)| {
            let mut letters = unit.strip_prefix(prefix)?.chars();
            let first = letters.next().filter(|letter| letter.is_lowercase() || letter.is_uppercase())?;
            let base: String = first.to_uppercase().chain(letters).collect();
            known(&base).map(|size| size * times)
        })
    })
}

/// A length in a time.
fn speed(unit: &str) -> Option<f64> {
    if unit == "Knot" {
        return Some(1852.0 / 3600.0);
    }
    let (length, time) = unit.split_once("Per")?;
    Some(size_of(length, LENGTHS)? / size_of(time, TIMES)?)
}

/// A volume, or the cube of a length.
fn volume(unit: &str) -> Option<f64> {
    if let Some(length) = unit.strip_prefix("Cubic") {
        return size_of(length, LENGTHS).map(|length| length.powi(3));
    }
    let of_cubes = |(prefix, times): &(&str, f64)| {
        let length = unit.strip_prefix(prefix)?.strip_prefix("cubic")?;
        size_of(length, LENGTHS).map(|length| length.powi(3) * times)
    };
    size_of(unit, VOLUMES).or_else(|| PREFIXES.iter().find_map(of_cubes))
}

fn convert<'a>(cells: &[Cell<'a>], size: fn(&str) -> Option<f64>) -> Cell<'a> {
    let size = |index| size(&arg(cells, index).text());
    arg(cells, 0).real().zip(size(1)).zip(size(2)).map(|((number, from), to)| number * (from / to)).into()
}

/// How many kelvins a degree is, and where its scale begins.
const TEMPERATURES: [(&str, f64, f64); 10] = [
    ("Kelvin", 1.0, 0.0),
    ("DegreeCelsius", 1.0, 273.15),
    ("DegreeDelisle", -2.0 / 3.0, 373.15),
    ("DegreeFahrenheit", 5.0 / 9.0, 459.67 * 5.0 / 9.0),
    ("DegreeNewton", 100.0 / 33.0, 273.15),
    ("DegreeRankine", 5.0 / 9.0, 0.0),
    ("DegreeReaumur", 1.25, 273.15),
    ("DegreeRoemer", 40.0 / 21.0, 273.15 - 7.5 * 40.0 / 21.0),
    ("MillidegreeCelsius", 1e-3, 273.15),
    ("SolarTemperature", 5_778.0, 0.0),
];

fn temperature<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let scale = |index| {
        let name = arg(cells, index).text();
        TEMPERATURES.iter().find(|(unit, ..)| *unit == name).map(|(_, degree, zero)| (*degree, *zero))
    };
    let scales = scale(1).zip(scale(2));
    let converted = arg(cells, 0)
        .real()
        .zip(scales)
        .map(|(number, (from, to))| if from == to { number } else { (number * from.0 + from.1 - to.1) / to.0 });
    converted.into()
}

#[cfg(test)]
mod tests {
    use model::ColumnType;

    use super::super::run;
    use super::*;

    #[test]
    fn units_are_converted() {
        let cells = [Cell::Real(1.2), Cell::of("Meter"), Cell::of("Foot")];
        assert!((run("convert_length", ColumnType::Real, &cells).real().unwrap() - 3.937_007_874_015_75).abs() < 1e-12);
        let unknown = [Cell::Real(1.2), Cell::of("Meter"), Cell::of("Elephant")];
        assert!(run("convert_length", ColumnType::Real, &unknown).is_null());
    }

    #[test]
    fn every_documented_conversion_is_given() {
        for (name, from, to, expected) in [
            ("convert_angle", "Degree", "Arcminute", 72.0),
            ("convert_energy", "Joule", "BritishThermalUnit", 0.001_137_380_544_375_98),
            ("convert_force", "Newton", "Decanewton", 0.12),
            ("convert_mass", "Kilogram", "Pound", 2.645_547_146_218_53),
            ("convert_speed", "MeterPerSecond", "CentimeterPerHour", 432_000.0),
            ("convert_volume", "CubicMeter", "AcreFoot", 0.000_972_856_8),
            ("convert_volume", "HectocubicFoot", "CubicFoot", 120.0),
            ("convert_volume", "DecausGallon", "UsGallon", 12.0),
            ("convert_speed", "UsSurveyFootPerMinute", "UsSurveyFootPerHour", 72.0),
            ("convert_temperature", "DegreeReaumur", "DegreeCelsius", 1.5),
            ("convert_temperature", "DegreeRoemer", "DegreeCelsius", -12.0),
        ] {
            let cells = [Cell::Real(1.2), Cell::of(from), Cell::of(to)];
            let found = run(name, ColumnType::Real, &cells).real().unwrap();
            assert!((found - expected).abs() <= 1e-12 * expected.abs(), "{name} {from} {to}: {found}");
        }
    }
}
