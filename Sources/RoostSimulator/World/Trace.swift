import RoostCore

/// A running hash of everything that happened, and the text of it when asked for. Two runs of a seed agree on it, in any
/// process, or something other than the seed got into the machines.
struct Trace: Sendable {
    /// What kind of thing happened. The raw value goes into the hash.
    enum Kind: UInt64, Sendable {
        case start = 1
        case crash, restart, pause, resume, cut, heal, clog, healAll, disk, clock
        case linkUp, linkDown, gossip, peer, control
        case synced, written, read, refused, cleaned
        case adopted, initialized, status, change, merged, removed
        case connect, disconnect, closed, says, hears
        case account, registerAnswer, violation
        case wiped, rotten, damaged, restored, lost
        case directoryCopied, directoryRestored, directoryRefused, cloned, claimed, setRight
        case linked
        case revoked, story
    }

    private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    private(set) var events = 0
    let isPrinting: Bool

    init(isPrinting: Bool) {
        self.isPrinting = isPrinting
    }

    /// Takes an event into the hash. Its text is only made when it is printed.
    mutating func note(
        _ now: Instant, _ kind: Kind, _ first: UInt64 = 0, _ second: UInt64 = 0, _ third: UInt64 = 0,
        saying text: @autoclosure () -> String
    ) {
        events += 1
        mix(now.nanoseconds)
        mix(kind.rawValue)
        mix(first)
        mix(second)
        mix(third)
        guard isPrinting else { return }
        let micros = now.nanoseconds / 1000
        print("\(micros / 1_000_000).\(String(micros % 1_000_000 + 1_000_000).dropFirst())  \(text())")
    }

    /// The mixing step of SplitMix64's finalizer, chained.
    private mutating func mix(_ value: UInt64) {
        hash = (hash ^ value) &* 0xBF58_476D_1CE4_E5B9
        hash ^= hash >> 29
    }
}
