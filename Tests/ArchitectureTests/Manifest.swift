/// What `Package.swift` declares, read from its text: asking SwiftPM would start a second SwiftPM under the tests.
struct Manifest {
    struct Target: Equatable {
        var targets: Set<String> = []
        var products: Set<String> = []
    }

    private(set) var layers: [String: Target] = [:]
    private(set) var testTargets: [String: Target] = [:]

    init(_ text: String) {
        var products: [String: String] = [:]
        for match in text.matches(of: /let (\w+): Target\.Dependency = \.product\(name: "([^"]+)"/) {
            products[String(match.output.1)] = String(match.output.2)
        }
        let body = text.firstRange(of: "targets: [\n").map { text[$0.lowerBound...] } ?? text[...]
        let declaration = /(?:(layer|tests)\(\s*|\.(executableTarget|testTarget)\(\s*name: )"([^"]+)"/
        for match in body.matches(of: declaration) {
            let (_, function, method, name) = match.output
            let rest = body[match.range.upperBound...]
            let list = Manifest.dependencyList(rest)
            let target = Manifest.target(list, products)
            if function == "tests" || method == "testTarget" {
                testTargets[String(name)] = target
            } else {
                layers[String(name)] = target
            }
        }
    }

    /// The text between the first brackets of a declaration; empty where it ends without any.
    private static func dependencyList(_ rest: Substring) -> Substring {
        guard let open = rest.firstIndex(where: { $0 == "[" || $0 == ")" }), rest[open] == "[" else { return "" }
        var depth = 0
        for index in rest[open...].indices {
            if rest[index] == "[" { depth += 1 }
            if rest[index] == "]" {
                depth -= 1
                if depth == 0 { return rest[rest.index(after: open)..<index] }
            }
        }
        return ""
    }

    private static func target(_ list: Substring, _ products: [String: String]) -> Target {
        var target = Target()
        var rest = list
        while let match = rest.firstMatch(of: /\.product\(name: "([^"]+)"[^)]*\)|"([^"]+)"|([A-Za-z_]\w*)/) {
            if let product = match.output.1 {
                target.products.insert(String(product))
            } else if let name = match.output.2 {
                target.targets.insert(String(name))
            } else if let variable = match.output.3 {
                target.products.insert(products[String(variable)] ?? "?\(variable)")
            }
            rest = rest[match.range.upperBound...]
        }
        return target
    }
}
