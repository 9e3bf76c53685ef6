//! Distances on a sphere.

/// Radius of the sphere in kilometres.
const RADIUS_KM: f64 = 6371.0;

/// A point on the surface, in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// North.
    pub latitude: f64,
    /// East.
    pub longitude: f64,
}

/// The length of the great circle between two points in kilometres, by the haversine formula.
pub fn distance_km(from: Position, to: Position) -> f64 {
    let (north_from, north_to) = (from.latitude.to_radians(), to.latitude.to_radians());
    let half_north = ((north_to - north_from) / 2.0).sin();
    let half_east = ((to.longitude - from.longitude).to_radians() / 2.0).sin();
    let haversine = half_north * half_north + north_from.cos() * north_to.cos() * half_east * half_east;
    // Rounding may lead a little beyond 1 for antipodes.
    2.0 * RADIUS_KM * haversine.sqrt().atan2((1.0 - haversine).max(0.0).sqrt())
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::*;

    fn at(latitude: f64, longitude: f64) -> Position {
        Position { latitude, longitude }
    }

    #[test]
    fn seattle_to_london_is_as_far_as_msticpy_says() {
        let distance = distance_km(at(47.6, -122.3), at(51.5, -0.12));
        assert!((distance - 7699.755840564606).abs() < 1e-9, "{distance}");
    }

    #[test]
    fn the_way_back_is_as_long_and_the_date_line_is_no_border() {
        assert_eq!(distance_km(at(1.0, 2.0), at(1.0, 2.0)), 0.0);
        assert_eq!(distance_km(at(1.0, 2.0), at(-3.0, 4.0)), distance_km(at(-3.0, 4.0), at(1.0, 2.0)));
        assert!(distance_km(at(0.0, 179.5), at(0.0, -179.5)) < 112.0);
        assert!((distance_km(at(90.0, 0.0), at(-90.0, 0.0)) - PI * RADIUS_KM).abs() < 1e-6);
        assert!((distance_km(at(0.0, 0.0), at(0.0, 180.0)) - PI * RADIUS_KM).abs() < 1e-6);
    }
}
