import RoostCore
import RoostNode

extension AccountLoad.Operation {
    /// One line for whoever looks for what went wrong.
    var line: String {
        func milliseconds(_ instant: Instant?) -> String { instant.map { "\($0.nanoseconds / 1_000_000)" } ?? "never" }
        return "\(milliseconds(begin))…\(milliseconds(end)) n\(node) \(asked) → \(answered)"
    }

    private var asked: String {
        switch kind {
        case .create(let account): "create \(AccountLoad.Operation.text(account))"
        case .putDevice(let device): "put \(AccountLoad.Operation.text(device))"
        case .removeDevice(let device): "remove \(device)"
        case .read: "read"
        }
    }

    private var answered: String {
        switch answer {
        case .account(let account): account.map(AccountLoad.Operation.text) ?? "none"
        case .refused(let refusal): "refused, \(refusal)"
        case .unavailable: "unavailable"
        case .outcomeUnknown: "unknown"
        case nil: "no answer"
        }
    }

    private static func text(_ account: Account) -> String {
        "\(account.password.salt) [\(account.devices.map(text).joined(separator: " "))]"
    }

    private static func text(_ device: Account.Device) -> String { "\(device.id):\(device.secretHash.first ?? 0)" }
}
