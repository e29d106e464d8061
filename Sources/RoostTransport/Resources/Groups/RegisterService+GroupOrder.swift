import RoostCore
import RoostNode

extension RegisterService {
    /// How far the order of a group has come; `nil` when its owners cannot be reached, or what they keep cannot be read.
    public func order(of group: Address) async -> GroupOrder? {
        guard case .value(let value) = await perform(.read(group.part(GroupOrder.part))) else { return nil }
        return GroupOrder(stored: value)
    }
}
