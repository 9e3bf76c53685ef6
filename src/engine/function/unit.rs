//! Units of measurement.

use super::{Context, RowFunction, arg};
use crate::cell::Cell;

pub(super) fn find(name: &str) -> Option<RowFunction> {
    Some(match name {
        "convert_temperature" => temperature,
        "convert_angle" => |_, cells| convert(cells, ANGLES),
        "convert_length" => |_, cells| convert(cells, LENGTHS),
        "convert_mass" => |_, cells| convert(cells, MASSES),
        "convert_speed" => |_, cells| convert(cells, SPEEDS),
        "convert_energy" => |_, cells| convert(cells, ENERGIES),
        "convert_force" => |_, cells| convert(cells, FORCES),
        "convert_volume" => |_, cells| convert(cells, VOLUMES),
        _ => return None,
    })
}

type Units = &'static [(&'static str, f64)];

/// In degrees.
const ANGLES: Units = &[
    ("Degree", 1.0),
    ("Arcminute", 1.0 / 60.0),
    ("Arcsecond", 1.0 / 3600.0),
    ("Radian", 180.0 / std::f64::consts::PI),
    ("Gradian", 0.9),
    ("Revolution", 360.0),
    ("Tilt", 90.0),
    ("Centiradian", 1.8 / std::f64::consts::PI),
    ("Milliradian", 0.18 / std::f64::consts::PI),
];
/// In metres.
const LENGTHS: Units = &[
    ("Meter", 1.0),
    ("Kilometer", 1e3),
    ("Centimeter", 1e-2),
    ("Decimeter", 1e-1),
    ("Millimeter", 1e-3),
    ("Micrometer", 1e-6),
    ("Nanometer", 1e-9),
    ("Foot", 0.3048),
    ("Inch", 0.0254),
    ("Yard", 0.9144),
    ("Mile", 1609.344),
    ("NauticalMile", 1852.0),
    ("AstronomicalUnit", 149_597_870_700.0),
    ("LightYear", 9_460_730_472_580_800.0),
];
/// In kilograms.
const MASSES: Units = &[
    ("Kilogram", 1.0),
    ("Gram", 1e-3),
    ("Milligram", 1e-6),
    ("Tonne", 1e3),
    ("Pound", 0.453_592_37),
    ("Ounce", 0.028_349_523_125),
    ("Stone", 6.350_293_18),
    ("ShortTon", 907.184_74),
    ("LongTon", 1_016.046_908_8),
];
/// In metres in a second.
const SPEEDS: Units = &[
    ("MeterPerSecond", 1.0),
    ("KilometerPerHour", 1.0 / 3.6),
    ("KilometerPerSecond", 1e3),
    ("MilePerHour", 0.447_04),
    ("FootPerSecond", 0.3048),
    ("Knot", 1852.0 / 3600.0),
    ("CentimeterPerSecond", 1e-2),
];
/// In joules.
const ENERGIES: Units = &[
    ("Joule", 1.0),
    ("Kilojoule", 1e3),
    ("Megajoule", 1e6),
    ("Calorie", 4.184),
    ("Kilocalorie", 4184.0),
    ("BritishThermalUnit", 1_055.055_852_62),
    ("WattHour", 3600.0),
    ("KilowattHour", 3.6e6),
    ("ElectronVolt", 1.602_176_634e-19),
];
/// In newtons.
const FORCES: Units = &[
    ("Newton", 1.0),
    ("Kilonewton", 1e3),
    ("Dyn", 1e-5),
    ("KilogramForce", 9.806_65),
    ("PoundForce", 4.448_221_615_260_5),
    ("OunceForce", 0.278_013_850_953_781_2),
];
/// In cubic metres.
const VOLUMES: Units = &[
    ("CubicMeter", 1.0),
    ("CubicCentimeter", 1e-6),
    ("CubicFoot", 0.028_316_846_592),
    ("CubicInch", 1.638_706_4e-5),
    ("Liter", 1e-3),
    ("Milliliter", 1e-6),
    ("UsGallon", 3.785_411_784e-3),
    ("ImperialGallon", 4.546_09e-3),
];

fn convert<'a>(cells: &[Cell<'a>], units: Units) -> Cell<'a> {
    let size = |index| {
        let name = arg(cells, index).text();
        units.iter().find(|(unit, _)| *unit == name).map(|(_, size)| *size)
    };
    arg(cells, 0).real().zip(size(1)).zip(size(2)).map(|((number, from), to)| number * from / to).into()
}

fn temperature<'a>(_: &Context, cells: &[Cell<'a>]) -> Cell<'a> {
    let Some(number) = arg(cells, 0).real() else { return Cell::Null };
    let kelvin = match &*arg(cells, 1).text() {
        "Kelvin" => number,
        "DegreeCelsius" => number + 273.15,
        "DegreeFahrenheit" => (number + 459.67) * 5.0 / 9.0,
        "DegreeRankine" => number * 5.0 / 9.0,
        _ => return Cell::Null,
    };
    match &*arg(cells, 2).text() {
        "Kelvin" => Cell::Real(kelvin),
        "DegreeCelsius" => Cell::Real(kelvin - 273.15),
        "DegreeFahrenheit" => Cell::Real(kelvin * 9.0 / 5.0 - 459.67),
        "DegreeRankine" => Cell::Real(kelvin * 9.0 / 5.0),
        _ => Cell::Null,
    }
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
}
