import RoostLog

/// What the log's thread knows of a segment.
struct SegmentState {
    let name: SegmentName
    var fileBytes = 0
    /// What its records count for; final once it is sealed.
    var accountedBytes = 0
    var deadBytes = 0
    /// Being written: not to be emptied.
    var isOpen = false
    /// Something in it cannot be read: it stays, for a start must find out again whose data that was.
    var isDamaged = false
    /// Nothing is missed of what cannot be read any more: the rest can be moved and the file deleted.
    var isRepaired = false
    /// A shard did not answer when it was to be emptied; a late answer could be taken for another's.
    var isUnanswered = false

    var isCleanable: Bool { !isOpen && (!isDamaged || isRepaired) && !isUnanswered }
}

/// The segments of a log, by number.
struct SegmentTable {
    private(set) var states: [SegmentState] = []

    init(_ states: [SegmentState]) {
        self.states = states
    }

    var fileBytes: Int { states.reduce(0) { $0 + $1.fileBytes } }

    var usages: [CleanerPolicy.Usage] {
        states.filter(\.isCleanable).map {
            .init(segment: $0.name.number, accountedBytes: $0.accountedBytes, deadBytes: $0.deadBytes)
        }
    }

    subscript(number: UInt32) -> SegmentState? {
        place(of: number).map { states[$0] }
    }

    mutating func append(_ state: SegmentState) {
        precondition(states.last.map { $0.name.number < state.name.number } ?? true, "\(state.name) is not the newest")
        states.append(state)
    }

    mutating func update(_ number: UInt32, _ change: (inout SegmentState) -> Void) {
        if let place = place(of: number) { change(&states[place]) }
    }

    mutating func remove(_ number: UInt32) {
        if let place = place(of: number) { states.remove(at: place) }
    }

    private func place(of number: UInt32) -> Int? {
        var low = 0
        var high = states.count
        while low < high {
            let middle = (low + high) / 2
            if states[middle].name.number < number { low = middle + 1 } else { high = middle }
        }
        return low < states.count && states[low].name.number == number ? low : nil
    }
}
