import RoostLog

/// Decoded blocks read lately, within a limit of bytes. A block that was used again since it came in gets a second round
/// (the clock algorithm: Corbató, "A paging experiment with the Multics system", 1968).
struct BlockCache {
    /// Names a block.
    struct Key: Hashable {
        let segment: UInt32
        let offset: UInt32
    }

    private struct Entry {
        let block: RecordBlock
        var wasUsed: Bool
    }

    private let bytesMax: Int
    private var entries: [Key: Entry] = [:]
    private var round: [Key] = []
    private var hand = 0
    private var bytes = 0

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    mutating func block(_ key: Key) -> RecordBlock? {
        guard let place = entries.index(forKey: key) else { return nil }
        entries.values[place].wasUsed = true
        return entries.values[place].block
    }

    mutating func insert(_ block: RecordBlock, _ key: Key) {
        guard entries[key] == nil else { return }
        entries[key] = Entry(block: block, wasUsed: false)
        round.append(key)
        bytes += block.memoryBytes
        while bytes > bytesMax, !round.isEmpty { evict() }
    }

    private mutating func evict() {
        if hand >= round.count { hand = 0 }
        let key = round[hand]
        if entries[key]?.wasUsed == true {
            entries[key]?.wasUsed = false
            hand += 1
            return
        }
        if let entry = entries.removeValue(forKey: key) { bytes -= entry.block.memoryBytes }
        let last = round.removeLast()
        if hand < round.count { round[hand] = last }
    }
}
