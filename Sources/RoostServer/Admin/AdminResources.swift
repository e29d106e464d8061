import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import RoostTransport

/// The operators' resources. They are answered to this machine only: whoever can log in to it may run it.
struct AdminResources: Sendable {
    let control: ControlShell

    func add(to router: Router<ResourceContext>) {
        router.get("/admin/v1/status") { _, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            return AdminResources.json(await control.statuses().map(NodeStatusAnswer.init))
        }
        router.get("/admin/v1/ring") { _, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            guard let record = await control.record() else {
                return AdminResources.refuse(.noRing)
            }
            return AdminResources.json(RingAnswer(record))
        }
        router.post("/admin/v1/init") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            let body = try await context.requestDecoder.decode(InitRequest.self, from: request, context: context)
            guard (1...Limits.membersMax).contains(body.expect) else {
                return AdminResources.refuse(.badRequest("expect is 1 to \(Limits.membersMax)"))
            }
            let slots = body.slots ?? SlotCount.standard.value
            guard let slotCount = SlotCount(slots) else {
                return AdminResources.refuse(
                    .badRequest("slots is a power of two from \(SlotCount.least) to \(SlotCount.most), not \(slots)"))
            }
            return AdminResources.answer(await control.initialize(expected: body.expect, slotCount: slotCount))
        }
        addChanges(to: router)
    }

    private func addChanges(to router: Router<ResourceContext>) {
        router.post("/admin/v1/ring/plan") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            let body = try await context.requestDecoder.decode(RingChangeBody.self, from: request, context: context)
            return await AdminResources.answer { () async throws(AdminRefusal) in
                AdminResources.json(try await plan(try body.request()))
            }
        }
        router.post("/admin/v1/ring/change") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            let body = try await context.requestDecoder.decode(RingChangeBody.self, from: request, context: context)
            return await AdminResources.answer { () async throws(AdminRefusal) in
                AdminResources.json(try await change(try body.request()))
            }
        }
        router.get("/admin/v1/ring/progress") { _, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            guard let record = await control.record() else { return AdminResources.refuse(.noRing) }
            return AdminResources.json(RingProgressAnswer(record, statuses: await control.statuses()))
        }
        router.get("/admin/v1/safe-to-stop") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            guard let name = request.uri.queryParameters["node"] else {
                return AdminResources.refuse(.badRequest("which node? safe-to-stop?node=NAME"))
            }
            return await AdminResources.answer { () async throws(AdminRefusal) in
                AdminResources.json(try await safety(of: String(name)))
            }
        }
    }

    // MARK: Changes of the ring

    private func plan(_ request: RingRequest) async throws(AdminRefusal) -> RingPlanAnswer {
        let statuses = await control.statuses()
        let copies = statuses.reduce(0) { $0 + $1.slots }
        let bytesPerCopy = copies > 0 ? statuses.reduce(0) { $0 + $1.logBytes } / copies : 0
        let known = await control.read { machine in
            do throws(RingRequestError) {
                let change = try machine.change(for: request)
                return Result<_, RingRequestError>.success((change, machine.record, machine.deadMembers))
            } catch {
                return .failure(error)
            }
        }
        let ground: (change: RingChange, record: EpochRecord?, dead: [NodeID])
        do throws(RingRequestError) {
            ground = try known.get()
        } catch {
            throw AdminRefusal(error)
        }
        guard let record = ground.record else { throw .noRing }
        do throws(RingChangeError) {
            let plan = try ChangePlan(ground.change, of: record, dead: ground.dead)
            return RingPlanAnswer(plan, bytesPerCopy: bytesPerCopy)
        } catch {
            throw AdminRefusal(error)
        }
    }

    private func change(_ request: RingRequest) async throws(AdminRefusal) -> RingChangedAnswer {
        let answer: RingChangeAnswer
        do throws(RingRequestError) {
            answer = try await control.change(request)
        } catch {
            throw AdminRefusal(error)
        }
        switch answer {
        case .made(let record): return RingChangedAnswer(epoch: record.number)
        case .refused(let error): throw AdminRefusal(error)
        case .noRing: throw .noRing
        case .busy: throw AdminRefusal(.tooManyRequests, "TOO_MANY_CHANGES", "too many changes wait on this node")
        case .unavailable(let answered, let silent):
            throw AdminRefusal(
                .serviceUnavailable, "UNAVAILABLE",
                "the change is not made: \(await voters(answered, silent))")
        case .outcomeUnknown(let answered, let silent):
            throw AdminRefusal(
                .serviceUnavailable, "OUTCOME_UNKNOWN",
                "the change may still be made, look at the ring: \(await voters(answered, silent))")
        }
    }

    /// Who of those who decide has answered.
    private func voters(_ answered: [NodeID], _ silent: [NodeID]) async -> String {
        let members = await control.read { $0.members }
        func names(_ nodes: [NodeID]) -> String {
            nodes.isEmpty
                ? "nobody"
                : nodes.map { node in
                    members.first { $0.description.id == node }?.description.name ?? node.description
                }.sorted().joined(separator: ", ")
        }
        return "of the voters \(names(answered)) answered, \(names(silent)) did not"
    }

    private func safety(of name: String) async throws(AdminRefusal) -> SafeToStopAnswer {
        let (record, dead) = await control.read { ($0.record, $0.deadMembers) }
        guard let record else { throw .noRing }
        guard let member = record.members.first(where: { $0.name == name }) else {
            throw AdminRefusal(.notAMember(name))
        }
        let away = record.members.filter { dead.contains($0.id) && $0.id != member.id }.map(\.name).sorted()
        return SafeToStopAnswer(
            node: name, StopSafety(of: member.id, in: RingTable(record), dead: dead.filter { $0 != member.id }),
            dead: away)
    }

    static func answer(_ body: () async throws(AdminRefusal) -> Response) async -> Response {
        do throws(AdminRefusal) {
            return try await body()
        } catch {
            return refuse(error)
        }
    }

    private static func answer(_ answer: InitAnswer) -> Response {
        switch answer {
        case .made(let record):
            return json(RingAnswer(record))
        case .exists(let cluster, let epoch):
            return refuse(.conflict, "HAS_RING", "this node is in cluster \(cluster) already, at epoch \(epoch)")
        case .busy:
            return refuse(.conflict, "INIT_UNDER_WAY", "another init is under way on this node")
        case .tooFewNodes(let found, let expected):
            return refuse(
                .serviceUnavailable, "TOO_FEW_NODES",
                "\(found) of \(expected) nodes turned up: are the others started, with seeds that reach this one?")
        case .impossible(let error):
            return refuse(.conflict, "IMPOSSIBLE", "these nodes cannot make a ring: \(error)")
        }
    }

    static let forbidden = refuse(
        .forbidden, "NOT_FROM_HERE", "operators' resources are answered to this machine only")

    private static func refuse(_ refusal: AdminRefusal) -> Response {
        refuse(refusal.status, refusal.code, refusal.text)
    }

    private static func refuse(_ status: HTTPResponse.Status, _ code: String, _ text: String) -> Response {
        var response = json(["error": ["code": code, "text": text]])
        response.status = status
        return response
    }

    static func json(_ value: some Encodable) -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        do {
            let body = ByteBuffer(bytes: try encoder.encode(value))
            return Response(
                status: .ok, headers: [.contentType: "application/json; charset=utf-8"],
                body: ResponseBody(byteBuffer: body))
        } catch {
            preconditionFailure("an answer of ours was not encodable as JSON: \(error)")
        }
    }
}
