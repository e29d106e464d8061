import RoostCore

/// What is to happen, by time; of one time, in the order in which it was entered. A binary heap.
struct Agenda<Event: Sendable>: Sendable {
    private struct Entry: Sendable {
        let time: Instant
        let order: UInt64
        let event: Event

        func isBefore(_ other: Entry) -> Bool {
            (time, order) < (other.time, other.order)
        }
    }

    private var heap: [Entry] = []
    private var nextOrder: UInt64 = 0

    mutating func add(_ event: Event, at time: Instant) {
        heap.append(Entry(time: time, order: nextOrder, event: event))
        nextOrder += 1
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].isBefore(heap[parent]) else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out what comes first, if it comes before `end`.
    mutating func next(before end: Instant) -> (time: Instant, event: Event)? {
        guard let first = heap.first, first.time < end else { return nil }
        let last = heap.removeLast()
        guard !heap.isEmpty else { return (first.time, first.event) }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].isBefore(heap[least])
            {
                least = child
            }
            guard least != parent else { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return (first.time, first.event)
    }
}
