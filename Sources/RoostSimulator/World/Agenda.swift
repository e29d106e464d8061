import RoostCore

/// What is to happen, by time; of one time, in the order in which it was entered. A binary heap of small keys; the events
/// themselves stay where they are.
struct Agenda<Event> {
    private struct Key {
        let time: Instant
        let order: UInt64
        let place: Int

        func isBefore(_ other: Key) -> Bool {
            time.nanoseconds != other.time.nanoseconds
                ? time.nanoseconds < other.time.nanoseconds : order < other.order
        }
    }

    private var heap: [Key] = []
    private var events: [Event?] = []
    private var free: [Int] = []
    private var nextOrder: UInt64 = 0

    mutating func add(_ event: Event, at time: Instant) {
        let place: Int
        if let known = free.popLast() {
            place = known
            events[place] = event
        } else {
            place = events.count
            events.append(event)
        }
        let key = Key(time: time, order: nextOrder, place: place)
        nextOrder += 1
        var child = heap.count
        heap.append(key)
        while child > 0 {
            let parent = (child - 1) / 2
            guard key.isBefore(heap[parent]) else { break }
            heap[child] = heap[parent]
            child = parent
        }
        heap[child] = key
    }

    /// Takes out what comes first, if it comes before `end`.
    mutating func next(before end: Instant) -> (time: Instant, event: Event)? {
        guard let first = heap.first, first.time < end else { return nil }
        let last = heap.removeLast()
        if !heap.isEmpty { sink(last) }
        free.append(first.place)
        guard let event = events[first.place].take() else { return nil }
        return (first.time, event)
    }

    private mutating func sink(_ key: Key) {
        var parent = 0
        while true {
            var child = 2 * parent + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(key) else { break }
            heap[parent] = heap[child]
            parent = child
        }
        heap[parent] = key
    }
}
