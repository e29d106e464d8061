import RoostCore

/// Numbers of one person's streams to another that need not arrive, from the first on.
struct Waiver: Sendable {
    /// Who writes, by the first device.
    let sender: Int
    /// To whom, by the first device.
    let reader: Int
    /// Whether copies for the sender's own devices are meant as well.
    let includesCopies: Bool
    /// How far it goes with each device that there was when it ended; `nil` while it has not.
    var upTo: [Int: StreamNumber]?

    /// Whether a number of a device's stream is one of them.
    func contains(_ number: StreamNumber, of device: Int) -> Bool {
        upTo.map { number <= $0[device] ?? 0 } ?? true
    }
}
