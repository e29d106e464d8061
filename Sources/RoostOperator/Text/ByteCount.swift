/// Bytes as people write and read them.
public enum ByteCount {
    private static let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]

    /// Like `17 B`, `1.4 MiB`, `230 GiB`: two digits at least once there is a unit, no more than are of use.
    public static func text(_ bytes: Int) -> String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var amount = Double(bytes)
        var unit = 0
        // What would be shown as 1024 is shown as 1.0 of the next unit.
        while amount >= 1023.5, unit < units.count - 1 {
            amount /= 1024
            unit += 1
        }
        let tenths = Int((amount * 10).rounded())
        return tenths < 100
            ? "\(tenths / 10).\(tenths % 10) \(units[unit])" : "\(Int(amount.rounded())) \(units[unit])"
    }

    /// Like ``text(_:)``, a second.
    public static func rate(_ bytesPerSecond: Double) -> String {
        guard bytesPerSecond.isFinite, bytesPerSecond < Double(Int.max) else { return "?" }
        return "\(text(Int(max(0, bytesPerSecond).rounded())))/s"
    }

    /// Reads an amount: digits, with a fraction if need be, and K, M, G or T, each 1024 of the one before; `B` and `iB` may
    /// follow. `none` is 0.
    public static func parse(_ text: String) throws(ByteCountError) -> UInt64 {
        let lower = text.lowercased()
        if lower == "none" { return 0 }
        let digits = lower.prefix { ("0"..."9").contains($0) || $0 == "." }
        var unit = lower.dropFirst(digits.count).drop { $0 == " " }[...]
        if unit.hasSuffix("/s") { unit = unit.dropLast(2) }
        let shifts: [Substring: UInt64] = [
            "": 0, "b": 0, "k": 10, "kb": 10, "kib": 10, "m": 20, "mb": 20, "mib": 20, "g": 30, "gb": 30, "gib": 30,
            "t": 40, "tb": 40, "tib": 40,
        ]
        guard let shift = shifts[unit], let amount = Double(digits), amount.isFinite, amount >= 0 else {
            throw .notAnAmount(text)
        }
        let bytes = amount * Double(UInt64(1) << shift)
        guard bytes < Double(1 << 60) else { throw .tooLarge(text) }
        return UInt64(bytes)
    }
}

/// Why a text is no amount of bytes.
public enum ByteCountError: Error, Equatable, Sendable, CustomStringConvertible {
    /// It is not an amount.
    case notAnAmount(String)
    /// It is more than any machine moves.
    case tooLarge(String)

    /// One sentence for a person.
    public var description: String {
        switch self {
        case .notAnAmount(let text): "“\(text)” is not an amount of bytes; one looks like 50M, 1.5G or none"
        case .tooLarge(let text): "“\(text)” is more than any machine moves"
        }
    }
}
