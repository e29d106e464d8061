/// Logarithms in whole numbers: the same on every machine, and no mathematics library in pure code.
enum BinaryLogarithm {
    private static let fractionBits: UInt64 = 16

    /// log2(10) in the unit of ``of(_:)``.
    static let ofTen = of(10)

    /// log2 of a number below 2³² in units of 2⁻¹⁶, rounded down; 0 for 0.
    static func of(_ value: Int) -> UInt64 {
        guard value > 1 else { return 0 }
        let value = UInt64(min(value, Int(UInt32.max)))
        let whole = UInt64(63 - value.leadingZeroBitCount)
        // The mantissa as 1.31 fixed point. Squaring it doubles the logarithm: each carry is one more bit of it.
        var mantissa = value << (31 - whole)
        var result = whole
        for _ in 0..<fractionBits {
            mantissa = (mantissa * mantissa) >> 31
            result <<= 1
            if mantissa >= 1 << 32 {
                mantissa >>= 1
                result |= 1
            }
        }
        return result
    }
}
