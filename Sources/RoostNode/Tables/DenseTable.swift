/// A dictionary whose values lie in one array, so that a field of one is read and changed where it is.
///
/// A `Dictionary` hands out copies: to look at one number of a mailbox it retains and releases everything that the mailbox holds, for
/// each look, and that was a sixth of what a message cost. The price is that to remove something moves the last value into its place:
/// a place is good until the next removal.
package struct DenseTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var places: [Key: Int] = [:]
    /// In no order that means anything.
    package private(set) var keys: [Key] = []
    /// The values, at the places of their keys. For changes in place: nothing is put in or taken out here.
    package var values: [Value] = []

    package init() {}

    package var count: Int { keys.count }

    package var isEmpty: Bool { keys.isEmpty }

    /// The place of a key's value in ``values``.
    package func index(forKey key: Key) -> Int? { places[key] }

    /// The value of a key. To read a copy of it, or to change, add or remove it.
    package subscript(key: Key) -> Value? {
        get { places[key].map { values[$0] } }
        _modify {
            // Nobody else holds the value while it is changed, or a change would copy what it holds.
            var value = takeOut(key)
            defer { putBack(value, key) }
            yield &value
        }
    }

    /// Removes a key. Returns its value.
    @discardableResult
    package mutating func removeValue(forKey key: Key) -> Value? {
        let value = takeOut(key)
        putBack(nil, key)
        return value
    }

    /// Moves them; the array's own copies one.
    private mutating func swapValues(_ one: Int, _ other: Int) {
        values.withUnsafeMutableBufferPointer { $0.swapAt(one, other) }
    }

    private mutating func takeOut(_ key: Key) -> Value? {
        guard let place = places[key] else { return nil }
        swapValues(place, values.count - 1)
        return values.removeLast()
    }

    /// Ends what ``takeOut(_:)`` began.
    private mutating func putBack(_ value: Value?, _ key: Key) {
        guard let place = places[key] else {
            guard let value else { return }
            places[key] = keys.count
            keys.append(key)
            values.append(value)
            return
        }
        if let value {
            values.append(value)
            swapValues(place, values.count - 1)
            return
        }
        // The last value has taken its place already.
        places[key] = nil
        let last = keys.count - 1
        keys.swapAt(place, last)
        if place < last { places[keys[place]] = place }
        keys.removeLast()
    }
}
