import RoostCore

/// How long a message lives, as a person writes it: `30s`, `10m`, `8h`, `7d`, `off`.
enum Lifetime {
    private static let units: [(letter: Character, seconds: UInt32)] = [
        ("d", 86_400), ("h", 3600), ("m", 60), ("s", 1),
    ]

    /// The seconds; 0 for `off`, `nil` for what is no lifetime.
    static func seconds(_ text: String) -> UInt32? {
        guard text != "off" else { return 0 }
        guard let unit = units.first(where: { $0.letter == text.last }), let number = UInt32(text.dropLast()),
            number > 0,
            case let (seconds, isOver) = number.multipliedReportingOverflow(by: unit.seconds), !isOver,
            seconds <= Limits.lifetimeSecondsMax
        else { return nil }
        return seconds
    }

    /// In the greatest unit that it is a whole number of.
    static func text(_ seconds: UInt32) -> String {
        guard seconds > 0, let unit = units.first(where: { seconds % $0.seconds == 0 }) else { return "off" }
        return "\(seconds / unit.seconds)\(unit.letter)"
    }
}
