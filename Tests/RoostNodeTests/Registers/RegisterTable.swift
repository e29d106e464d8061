import RoostConsensus
import RoostCore
import RoostNode

/// Registers without a cluster: each request is carried out at once. What the real ones promise is just this, linearizability.
struct RegisterTable: Equatable {
    var values: [Address: [UInt8]] = [:]

    mutating func perform(_ request: RegisterRequest) -> RegisterAnswer {
        switch request {
        case .read(let address):
            return .value(values[address] ?? [])
        case .change(let address, let change):
            switch change.apply(to: values[address] ?? []) {
            case .write(let value):
                values[address] = value
                return .value(value)
            case .keep:
                return .value(values[address] ?? [])
            case .refuse(let reason):
                return .refused(reason: reason)
            }
        }
    }

    func account(_ name: UserName) throws -> Account {
        try Account(decoding: values[Address(name)] ?? [])
    }

    func holder(of handle: Handle) throws -> HandleHolder? {
        let value = values[handle.address] ?? []
        return value.isEmpty ? nil : try HandleHolder(decoding: value)
    }
}
