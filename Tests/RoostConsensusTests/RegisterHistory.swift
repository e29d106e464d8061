import RoostCore

/// Whether what the clients of a ``RegisterSimulation`` were told could have come from one list in one place.
///
/// The list only grows, so its final value fixes the order of all changes, and the length of what an operation saw fixes its
/// place among them. What remains is that no operation stands before one that had ended when it began.
struct RegisterHistory {
    let operations: [RegisterSimulation.Operation]

    /// What is wrong, in words.
    func offences() -> [String] {
        guard let last = operations.last, case .value(let final) = last.result else {
            return ["the network is healed, and still: \(String(describing: operations.last?.result))"]
        }
        var offences: [String] = []
        if Set(final).count != final.count { offences.append("something was done twice: \(final)") }
        for operation in operations {
            offences += self.offences(of: operation, final).map { "operation \(operation.id) \(operation.kind): \($0)" }
        }
        return offences + disorder(final)
    }

    private func offences(of operation: RegisterSimulation.Operation, _ final: [UInt8]) -> [String] {
        var offences: [String] = []
        let isDone = final.contains(operation.id)
        if isDone && operation.kind == .create && final.first != operation.id { offences.append("created on top") }
        switch operation.result {
        case .value(let value):
            if !final.starts(with: value) { offences.append("saw \(value), which was lost: \(final)") }
            if operation.kind != .read && !value.contains(operation.id) { offences.append("done, but not in \(value)") }
        case .refused(let value):
            if !final.starts(with: value) { offences.append("refused for \(value), which was lost: \(final)") }
            if isDone { offences.append("refused, but done") }
        case .unavailable:
            if isDone { offences.append("given up before it was tried, but done") }
        case .outcomeUnknown:
            break
        case nil:
            offences.append("never answered")
        }
        return offences
    }

    /// Pairs that stand in the wrong order.
    private func disorder(_ final: [UInt8]) -> [String] {
        var offences: [String] = []
        for earlier in operations {
            guard let ended = earlier.ended, let seen = place(of: earlier, final) else { continue }
            for later in operations where later.began > ended {
                if let place = place(of: later, final), place < seen || (place == seen && changes(later)) {
                    offences.append("\(later.id) came after \(earlier.id) and saw less of \(final)")
                }
            }
        }
        // What nobody was told of may have happened late, but never before it began.
        for operation in operations {
            guard let index = final.firstIndex(of: operation.id) else { continue }
            for other in operations {
                if let ended = other.ended, ended < operation.began, let seen = place(of: other, final), seen > index {
                    offences.append("\(other.id) saw \(operation.id) before it began")
                }
            }
        }
        return offences
    }

    private func changes(_ operation: RegisterSimulation.Operation) -> Bool {
        if case .value = operation.result { operation.kind != .read } else { false }
    }

    /// The length of the list right after the operation.
    private func place(of operation: RegisterSimulation.Operation, _ final: [UInt8]) -> Int? {
        switch operation.result {
        case .value(let value): changes(operation) ? final.firstIndex(of: operation.id).map { $0 + 1 } : value.count
        case .refused(let value): value.count
        case .unavailable, .outcomeUnknown, nil: nil
        }
    }
}
