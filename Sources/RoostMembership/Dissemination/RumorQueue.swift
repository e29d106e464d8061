import RoostCore

/// Whose news is still being told, the least told first and the newest first among those. At most one rumour a node: what
/// is told is what is known of it at that moment.
struct RumorQueue: Sendable {
    private struct Rumor: Sendable {
        let id: NodeID
        var tellings: Int
        let number: UInt64

        func goesBefore(_ other: Rumor) -> Bool {
            tellings == other.tellings ? number > other.number : tellings < other.tellings
        }
    }

    private var rumors: [Rumor] = []
    private var lastNumber: UInt64 = 0

    var isEmpty: Bool { rumors.isEmpty }

    /// There is news of this node.
    mutating func spread(_ id: NodeID) {
        rumors.removeAll { $0.id == id }
        lastNumber += 1
        rumors.insert(Rumor(id: id, tellings: 0, number: lastNumber), at: 0)
    }

    /// What became of an offered rumour.
    enum Reply {
        case told
        case passedOver
        /// There is nothing to tell any more, or nobody to tell it to.
        case obsolete
        /// There is no room for any other.
        case full
    }

    /// Offers the rumours in their order. One that has been told `tellingsMax` times is forgotten.
    mutating func tell(tellingsMax: Int, _ offer: (NodeID) -> Reply) {
        var told: [Rumor] = []
        var untold: [Rumor] = []
        var offered = 0
        offering: while offered < rumors.count {
            var rumor = rumors[offered]
            switch offer(rumor.id) {
            case .told:
                rumor.tellings += 1
                if rumor.tellings < tellingsMax { told.append(rumor) }
            case .passedOver: untold.append(rumor)
            case .obsolete: break
            case .full: break offering
            }
            offered += 1
        }
        untold += rumors[offered...]
        merge(told, untold)
    }

    /// Both are in order: what was told together moves back together.
    private mutating func merge(_ left: [Rumor], _ right: [Rumor]) {
        rumors.removeAll(keepingCapacity: true)
        var leftIndex = 0
        var rightIndex = 0
        while leftIndex < left.count, rightIndex < right.count {
            if left[leftIndex].goesBefore(right[rightIndex]) {
                rumors.append(left[leftIndex])
                leftIndex += 1
            } else {
                rumors.append(right[rightIndex])
                rightIndex += 1
            }
        }
        rumors += left[leftIndex...]
        rumors += right[rightIndex...]
    }
}
