import RoostCore
import RoostLog

/// One node's disk: its log, its ring file and its boot counter. It outlives the lives of the node.
struct VirtualDisk {
    let log: VirtualLog
    /// What of the log is on stable storage.
    var index = DiskIndex()
    /// The ring record, synced when it was written.
    var ring: [UInt8]?
    /// What the node last promised or accepted of the next ring.
    var vote: [UInt8]?
    var boot: BootCounter = 0
    /// What the node remembers of the others' lives.
    var lives: [UInt8]?
    /// Where the node was found when the directory was used last.
    var address: String?
    /// It must not serve any more.
    var isRefused = false
    /// Until then every sync takes long.
    var slowUntil = Instant.zero
    /// The segment that is being emptied.
    var cleaning: UInt32?
    /// Segments that were damaged: no others may look so.
    var rotten: Set<UInt32> = []
    /// Slots of which something that was synced may be missing.
    var hurt: Set<Slot> = []
    /// What this life has found of that.
    var damage = DamageBook()

    init(log: VirtualLog) {
        self.log = log
    }

    /// All of its files, as a copy of the directory has them.
    func copied() -> VirtualDisk {
        var copy = VirtualDisk(log: log.copied())
        copy.index = index
        copy.ring = ring
        copy.vote = vote
        copy.boot = boot
        copy.lives = lives
        copy.address = address
        copy.isRefused = isRefused
        copy.rotten = rotten
        return copy
    }
}
