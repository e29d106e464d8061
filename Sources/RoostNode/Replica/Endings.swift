import HeapModule
import RoostCore

/// Which mailboxes hold a message that ends, and when the first of each does: one entry a mailbox, so that time need not be spent on
/// those where nothing is due.
struct Endings: Sendable {
    private struct Item: Comparable, Sendable {
        let end: MessageEnd
        let user: Address

        static func < (left: Item, right: Item) -> Bool {
            left.end != right.end ? left.end < right.end : left.user < right.user
        }
    }

    private var items = Heap<Item>()
    /// The entry that counts of each: one that is later has been outrun.
    private var firsts: [Address: MessageEnd] = [:]

    /// Whether nothing ends.
    var isEmpty: Bool { firsts.isEmpty }

    /// A message of the mailbox ends then.
    mutating func note(_ end: MessageEnd, in user: Address) {
        guard end.isAhead else { return }
        if let first = firsts[user], first <= end { return }
        firsts[user] = end
        items.insert(Item(end: end, user: user))
        // Whoever sends messages of ever shorter lives leaves an entry behind with each.
        guard items.count > 2 * firsts.count + Endings.outrunMax else { return }
        items = Heap(firsts.map { Item(end: $0.value, user: $0.key) })
    }

    /// Entries that have been outrun are swept away when there are more of them than of those that count, and this many.
    private static let outrunMax = 1024

    /// Takes out a mailbox in which something may be due.
    mutating func next(wallMilliseconds: UInt64) -> Address? {
        while let item = items.min, item.end.isDue(wallMilliseconds: wallMilliseconds) {
            items.removeMin()
            guard firsts[item.user] == item.end else { continue }
            firsts[item.user] = nil
            return item.user
        }
        return nil
    }
}
