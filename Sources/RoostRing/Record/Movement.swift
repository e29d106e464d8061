import RoostCore

/// How slots move, as the operators want it and the whole cluster has decided.
public struct Movement: Equatable, Sendable {
    /// Whether no further slot begins to move. What is on its way arrives.
    public var isPaused: Bool
    /// What a node takes in of other nodes' copies, bytes a second at most; 0 for no limit.
    public var bytesPerSecondMax: UInt64
    /// Replicas that were to move when the last change was decided: the whole of which progress is a part.
    public var planned: UInt32

    /// Makes settings; by default those of a new cluster.
    public init(isPaused: Bool = false, bytesPerSecondMax: UInt64 = 64 * 1024 * 1024, planned: UInt32 = 0) {
        self.isPaused = isPaused
        self.bytesPerSecondMax = bytesPerSecondMax
        self.planned = planned
    }

    /// Slots that move at once: their writes wait for one more owner, so few at a time. 32 of 1024.
    public static func slotsMax(of slotCount: SlotCount) -> Int {
        max(1, slotCount.value / 32)
    }
}
