import RoostCore

/// One node's disk: its log and its ring file. What was not synced when the node dies is lost, from some record on.
struct VirtualDisk: Sendable {
    /// Records in the order of the log; those at or beyond `synced` are in the cache only.
    private(set) var records: [LogRecord] = []
    private(set) var synced = 0
    /// The ring record, synced when it was written.
    var ring: [UInt8]?
    var boot: BootCounter = 0

    /// Writes into the cache.
    mutating func write(_ new: [LogRecord]) -> [LogLocation] {
        new.map { record in
            records.append(record)
            return location(records.count - 1)
        }
    }

    func location(_ index: Int) -> LogLocation {
        LogLocation(segment: 1, blockOffset: UInt32(index), index: 0)
    }

    /// Everything written up to `count` is on stable storage.
    mutating func sync(_ count: Int) {
        synced = max(synced, count)
    }

    /// The power goes, or the process with its cache: a random part of what was not synced survives, its beginning.
    mutating func crash(random: inout SeededRandom) {
        let survivors = random.below(records.count - synced + 1)
        records.removeLast(records.count - synced - survivors)
        synced = records.count
    }

    func body(at location: LogLocation) -> [UInt8]? {
        let index = Int(location.blockOffset)
        return index < records.count ? records[index].body : nil
    }
}
