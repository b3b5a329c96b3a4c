output "outputs" {
  description = "Outputs of the stack, such as TopicArn and DashboardLink."
  value       = aws_cloudformation_stack.regionsweep.outputs
}
