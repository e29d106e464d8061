import RoostCore

/// Orders what is said about one node: higher is newer. The boot counter stands in the upper half, so that a restarted
/// node outbids everything said of its earlier life; the lower half counts its answers to suspicions in this life. A node
/// whose identity another process has used runs ahead of its boot counter: it has outbid that too.
public struct Incarnation: Comparable, Hashable, Sendable {
    /// Both halves.
    public let rawValue: UInt64

    /// The incarnation with this number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// The first of a life. The lower 32 bits of `boot` count.
    public init(boot: BootCounter) {
        rawValue = boot << 32
    }

    /// The life it belongs to.
    public var boot: BootCounter { rawValue >> 32 }

    /// The next one of the same life; `nil` when there is none left.
    public var next: Incarnation? {
        let next = Incarnation(rawValue: rawValue &+ 1)
        return next.boot == boot ? next : nil
    }

    /// The older first.
    public static func < (left: Incarnation, right: Incarnation) -> Bool {
        left.rawValue < right.rawValue
    }
}
