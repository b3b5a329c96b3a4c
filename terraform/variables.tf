variable "release" {
  description = "Folder with the files of a release of regionsweep."
  type        = string
}

variable "artifact_bucket" {
  description = "An existing bucket in the region of the trail's bucket. It gets the function's zip and the template."
  type        = string
}

variable "trail" {
  description = "Where the objects come from: new-trail, bucket, eventbridge or topic."
  type        = string
  default     = "bucket"

  validation {
    condition     = contains(["new-trail", "bucket", "eventbridge", "topic"], var.trail)
    error_message = "It must be new-trail, bucket, eventbridge or topic."
  }
}

variable "parameters" {
  description = "Parameters of the template, such as TrailBucket and AlertEmail."
  type        = map(string)
  default     = {}
}

variable "name" {
  description = "Name of the stack."
  type        = string
  default     = "regionsweep"
}

variable "tags" {
  description = "Tags for everything in the stack."
  type        = map(string)
  default     = {}
}
