import RoostCore

/// A running hash of everything that happened, and the text of it when asked for. Two runs of a seed agree on it, in any
/// process, or something other than the seed got into the machines.
struct Trace: Sendable {
    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var events = 0
    let isPrinting: Bool

    init(isPrinting: Bool) {
        self.isPrinting = isPrinting
    }

    /// Takes an event into the hash (FNV-1a, 64 bits).
    mutating func note(_ now: Instant, _ text: @autoclosure () -> String) {
        let text = text()
        events += 1
        for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        hash = (hash ^ now.nanoseconds) &* 0x100_0000_01B3
        if isPrinting {
            let micros = now.nanoseconds / 1000
            print("\(micros / 1_000_000).\(String(micros % 1_000_000 + 1_000_000).dropFirst())  \(text)")
        }
    }
}
