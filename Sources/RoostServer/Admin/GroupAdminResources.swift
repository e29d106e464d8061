import Hummingbird
import RoostCore
import RoostNode
import RoostRing
import RoostTransport

/// What operators see of groups. Answered to this machine only, as everything of theirs.
struct GroupAdminResources: Sendable {
    let registers: any RegisterService
    let control: ControlShell

    func add(to router: Router<ResourceContext>) {
        router.get("/admin/v1/group") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            return await AdminResources.answer { () async throws(AdminRefusal) in
                AdminResources.json(try await group(try GroupAdminResources.address(in: request)))
            }
        }
    }

    private static func address(in request: Request) throws(AdminRefusal) -> Address {
        guard let text = request.uri.queryParameters["group"], let address = Address(String(text)),
            address.kind == .group
        else {
            throw AdminRefusal(.badRequest, "BAD_GROUP", "a group is ~ and 16 hexadecimal digits in small letters")
        }
        return address
    }

    private func group(_ address: Address) async throws(AdminRefusal) -> GroupAnswer {
        guard case .value(let value) = await registers.perform(.read(address)) else {
            throw AdminRefusal(
                .serviceUnavailable, "UNAVAILABLE", "the owners of the group cannot be reached from here: try again")
        }
        guard !value.isEmpty else { throw AdminRefusal(.notFound, "UNKNOWN_GROUP", "there never was this group") }
        guard let group = Group(stored: value) else {
            throw AdminRefusal(.internalServerError, "UNREADABLE", "the list of \(address) cannot be read")
        }
        guard let order = await registers.order(of: address) else {
            throw AdminRefusal(
                .serviceUnavailable, "UNAVAILABLE",
                "the order of \(address) cannot be had: its owners cannot be reached from here, or cannot read it")
        }
        return GroupAnswer(group, order: order, at: address, owners: await control.owners(of: address))
    }
}

extension ControlShell {
    /// The names of the nodes that own a place on the ring; none while there is no ring.
    func owners(of address: Address) async -> [String] {
        guard let record = await record() else { return [] }
        let ring = RingTable(record)
        return ring.owners(of: ring.slot(of: address)).current.map { owner in
            record.members.first { $0.id == owner }?.name ?? "\(owner)"
        }
    }
}
