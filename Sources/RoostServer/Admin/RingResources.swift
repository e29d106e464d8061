import HTTPTypes
import Hummingbird
import RoostCore
import RoostMembership
import RoostNode
import RoostRing
import RoostTransport

/// The operators' resources that change the ring and tell how far that has got.
struct RingResources: Sendable {
    let control: ControlShell

    func add(to router: Router<ResourceContext>) {
        router.post("/admin/v1/ring/plan") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            let body = try await context.requestDecoder.decode(RingChangeRequest.self, from: request, context: context)
            return await plan(body)
        }
        router.post("/admin/v1/ring/change") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            let body = try await context.requestDecoder.decode(RingChangeRequest.self, from: request, context: context)
            return await change(body)
        }
        router.get("/admin/v1/ring/progress") { _, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            guard let record = await control.record() else { return RingResources.noRing }
            return AdminResources.json(RingProgressAnswer(record, await control.statuses()))
        }
        router.get("/admin/v1/safe-to-stop") { request, context in
            guard context.isFromThisMachine else { return AdminResources.forbidden }
            return await safeToStop(request.uri.queryParameters["node"].map { String($0) } ?? "")
        }
    }

    private func plan(_ request: RingChangeRequest) async -> Response {
        guard let record = await control.record() else { return RingResources.noRing }
        let known = await control.members()
        let changed: EpochRecord
        do throws(RingChangeRequest.Refusal) {
            let change = try request.change(in: record, known)
            do throws(RingChangeError) {
                changed = try record.changed(change)
            } catch {
                throw error.refusal
            }
        } catch {
            return RingResources.answer(error)
        }
        return AdminResources.json(RingPlanAnswer(from: record, to: changed, await control.statuses(), known))
    }

    private func change(_ request: RingChangeRequest) async -> Response {
        guard let record = await control.record() else { return RingResources.noRing }
        let change: RingChange
        do throws(RingChangeRequest.Refusal) {
            change = try request.change(in: record, await control.members())
        } catch {
            return RingResources.answer(error)
        }
        switch await control.change(change) {
        case .made(let record):
            return AdminResources.json(RingChangeDecided(epoch: record.number))
        case .refused(let error):
            return RingResources.answer(error.refusal)
        case .unavailable:
            return AdminResources.refuse(
                .serviceUnavailable, "OUTCOME_UNKNOWN",
                "no majority of the voters answered in time; the change may still be made: roost ring")
        case .noRing:
            return RingResources.noRing
        case .busy:
            return AdminResources.refuse(
                .tooManyRequests, "TOO_MANY_CHANGES", "too many changes wait on this node already")
        }
    }

    private func safeToStop(_ name: String) async -> Response {
        guard let record = await control.record() else { return RingResources.noRing }
        let known = await control.members()
        guard let member = record.members.first(where: { $0.name == name || $0.id.description == name }) else {
            return AdminResources.refuse(.conflict, "NOT_A_MEMBER", "no member is named \(name)")
        }
        let now = SlotsWithoutMajority(record, known)
        let then = SlotsWithoutMajority(record, known, without: member.id)
        let answer: SafeToStopAnswer
        if then.count == 0 {
            answer = SafeToStopAnswer(
                node: name, safe: true, reason: "every slot keeps a majority of its owners without \(name)")
        } else {
            let others = then.dead.filter { $0 != member.name }
            let why = others.isEmpty ? "" : ", for \(others.joined(separator: ", ")) do not answer"
            answer = SafeToStopAnswer(
                node: name, safe: false,
                reason: "\(then.count) slots would have no majority without \(name)\(why)"
                    + (now.count > 0 ? "; \(now.count) have none now" : ""))
        }
        return AdminResources.json(answer)
    }

    private static let noRing = AdminResources.refuse(
        .notFound, "NO_RING", "this node waits for a ring: run roost init, or roost add on a member")

    private static func answer(_ refusal: RingChangeRequest.Refusal) -> Response {
        AdminResources.refuse(HTTPResponse.Status(code: refusal.status), refusal.code, refusal.text)
    }
}
